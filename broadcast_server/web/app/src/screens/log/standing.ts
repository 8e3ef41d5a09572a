/** How a broadcast stands, from how it stands on each cluster. */

import type { Json } from "../../lib/api";
import { word } from "./words";

export type Entry = Json["EntryJson"];
/** An airing with its ladder; which microseconds of it were emitted is for programs. */
export type Airing = Omit<Json["WholeAiringJson"], "segments">;
export type Whole = Omit<Json["WholeEntryJson"], "airings"> & { airings: Airing[] };
export type Only = Json["Only"];
export type Kind = "good" | "warn" | "bad" | "wait" | "live";

export const ONLY: readonly Only[] = ["all", "trouble", "emergency", "drill"];
export const readOnly = (text: string | undefined): Only => ONLY.find((one) => one === text) ?? "all";

export const KINDS: Record<Json["AiringState"], Kind> = {
  PENDING: "wait",
  PLAYING: "live",
  UNKNOWN: "warn",
  PLAYED: "good",
  PARTIAL: "warn",
  MISSED: "bad",
  SUPERSEDED: "warn",
  CANCELLED: "wait",
};

/** In a word with its number of clusters; the worst is not hidden by the rest. */
export const standing = (entry: Entry): { kind: Kind; text: string } => {
  const count = (state: Json["AiringState"]): number => entry.states[state] ?? 0;
  const of = (done: number): { done: number; all: number } => ({ done, all: entry.clusters });
  if (count("PLAYING")) return { kind: "live", text: word("is.playing", of(count("PLAYING"))) };
  const played = count("PLAYED");
  if (played === entry.clusters) return { kind: entry.trouble ? "warn" : "good", text: word("is.played", of(played)) };
  if (played) return { kind: "warn", text: word("is.played", of(played)) };
  if (count("PARTIAL")) return { kind: "warn", text: word("is.partial", of(count("PARTIAL"))) };
  if (count("MISSED")) return { kind: "bad", text: word("is.missed") };
  if (count("UNKNOWN")) return { kind: "warn", text: word("is.unknown", of(count("UNKNOWN"))) };
  if (count("SUPERSEDED")) return { kind: "warn", text: word("is.superseded") };
  return count("CANCELLED") ? { kind: "wait", text: word("is.cancelled") } : { kind: "wait", text: word("is.pending") };
};

/** What it is, if it is no ordinary programme. */
export const kindOf = (entry: Entry): { text: string; kind: "emergency" | "drill" | "plain" } => {
  switch (entry.order_kind) {
    case "emergency":
    case "live_emergency":
      return { text: word("kind.emergency"), kind: "emergency" };
    case "drill":
      return { text: word("kind.drill"), kind: "drill" };
    case "live":
      return { text: word("kind.live"), kind: "plain" };
    case null:
      return { text: "", kind: "plain" };
  }
};
