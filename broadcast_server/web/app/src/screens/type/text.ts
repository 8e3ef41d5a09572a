/** What can be said of a text without anybody speaking it. */

export const MOST_CHARACTERS = 2000;
const BLANK = /\[[^[\]\n]{1,60}\]/g;

/** As it is spoken: white space single. */
export const squeezed = (text: string): string => text.split(/\s+/).filter(Boolean).join(" ");
export const wordsIn = (text: string): number => text.split(/\s+/).filter((one) => /[\p{L}\d]/u.test(one)).length;

/** What is still to be filled in, with its brackets, in order. */
export const blanksIn = (text: string): string[] => text.match(BLANK) ?? [];
/** Where the first blank at or after that place is; the first of all if there is none behind it. */
export const nextBlank = (text: string, after: number): [number, number] | null => {
  const all = [...text.matchAll(BLANK)];
  const found = all.find((one) => one.index >= after) ?? all[0];
  return found ? [found.index, found.index + found[0].length] : null;
};

/** The station keeps the time of Vietnam, which has no summer time. µs of `17:00` on `2026-11-24`. */
export const momentOf = (day: string, time: string): number => Date.parse(`${day}T${time}:00+07:00`) * 1000;

/** Whether a text took another's place, and was not made of it: less than half of that one stands where it stood. */
export const isAnother = (before: string, after: string): boolean => {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return before.trim() !== "" && head + tail < before.length / 2;
};
