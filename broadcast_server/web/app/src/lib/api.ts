/** The station's REST API. Nothing that is asked here is ever asked again by itself: commands never queue. */

import type { components } from "../api/schema";

/** The station's own names for what it answers. */
export type Json = components["schemas"];

export { api } from "./asking";

/** A no: the station's own sentence, or ours if it could not be reached (`code` is `unreachable`). */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly vi: string,
    readonly en: string,
    readonly more: Partial<Json["ProblemJson"]> = {},
  ) {
    super(`${code}: ${en}`);
  }
}

const UNREACHABLE = new Refusal(
  0,
  "unreachable",
  "Chưa nhận được trả lời của máy chủ: không rõ việc này đã được thực hiện chưa. Kiểm tra 4G hoặc Wi-Fi.",
  "The station did not answer: it is not known whether this was done. Check 4G or Wi-Fi.",
);

const refusalOf = (response: Response, problem: unknown): Refusal => {
  const { code, vi, en, ...more } = (problem ?? {}) as Partial<Json["ProblemJson"]>;
  if (code && vi && en) return new Refusal(response.status, code, vi, en, more);
  return new Refusal(
    response.status,
    `http_${response.status}`,
    `Máy chủ của đài đang gặp lỗi (mã ${response.status}).`,
    `The station has a fault (code ${response.status}).`,
  );
};

let onRefused: (refusal: Refusal) => void = () => {};

/** Whoever must know of every no: the session, which may have ended. */
export const listen = (listener: typeof onRefused): void => {
  onRefused = listener;
};

/** The answer, or a Refusal thrown. */
export async function answer<Data>(
  asked: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  let found;
  try {
    found = await asked;
  } catch {
    throw UNREACHABLE;
  }
  if (!found.response.ok) {
    const refusal = refusalOf(found.response, found.error);
    onRefused(refusal);
    throw refusal;
  }
  return found.data as Data;
}

/** Whatever was thrown, as a Refusal. */
export const refusal = (thrown: unknown): Refusal =>
  thrown instanceof Refusal
    ? thrown
    : new Refusal(0, "app_fault", "Ứng dụng gặp lỗi. Hãy mở lại.", `The app has a fault: ${String(thrown)}`);
