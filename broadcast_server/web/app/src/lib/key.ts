/** 32 digits; `crypto.randomUUID` is not there at a plain address of the village's own network. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
