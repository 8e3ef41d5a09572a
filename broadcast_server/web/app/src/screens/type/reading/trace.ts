/** What of a text is not read as it is written, as it is shown: each thing once, what is doubtful first. */

import type { Json } from "../../../lib/api";

export type Span = Json["ReadSpanJson"];
export type Otherwise = Json["Otherwise"];

const UNSEEN = new Set<Span["kind"]>(["line", "page", "sign", "range", "rate"]);
/** The station takes as an entry what begins so. */
const ENTRY = /^[\p{L}\p{N}#][^\n<>[\]{}|\\`^~=]*$/u;

export const touchable = (span: Span): boolean => span.written.length <= 200 && ENTRY.test(span.written);

export const shown = (spans: readonly Span[]): Span[] => {
  const all = new Map<string, Span>();
  for (const span of spans) {
    if (!span.doubt && (UNSEEN.has(span.kind) || !touchable(span))) continue;
    const key = `${span.written}\n${span.spoken}`;
    if (!all.has(key)) all.set(key, span);
  }
  return [...all.values()].sort((a, b) => Number(!a.doubt) - Number(!b.doubt) || a.start - b.start);
};

/** White space as the station keeps it: single, and lines stay. */
export const even = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim().split(/\s+/).join(" "))
    .filter(Boolean)
    .join("\n");

/** With this one in place of another for the same letters. */
export const corrected = (all: readonly Otherwise[], one: Otherwise): Otherwise[] => [...without(all, one.written), one];
export const without = (all: readonly Otherwise[], written: string): Otherwise[] => all.filter((one) => one.written !== written);
