/** How a line of the agenda stands, as a sign and a word; and what can be done about it. */

import type { Entry } from "./plan";
import { word } from "./words";

export type Sign = "good" | "warn" | "bad" | "wait" | "live";

/** As the station has it; what is older than the quiet hours and will break them stands apart. */
type Standing = Entry["standing"] | "hushed";
const standingOf = (entry: Entry): Standing => (entry.quiet && entry.standing === "coming" ? "hushed" : entry.standing);

const SIGNS: Record<Standing, Sign> = {
  coming: "wait",
  hushed: "warn",
  disturbed: "warn",
  rests: "warn",
  taken: "bad",
  skipped: "wait",
  on_air: "live",
  played: "good",
  partly: "warn",
  missed: "bad",
  gave_way: "warn",
  cancelled: "warn",
  unknown: "warn",
};

const counts = (entry: Entry): { done: number; all: number } => ({ done: entry.sounding, all: entry.clusters.length });

export const signOf = (entry: Entry): Sign => SIGNS[standingOf(entry)];
/** A word for a row. */
export const stateWord = (entry: Entry): string => word(`standing.${standingOf(entry)}`, counts(entry));
/** The same as a sentence. */
export const stateSaid = (entry: Entry): string => word(`said.${standingOf(entry)}`, counts(entry));

/** The same words for the same trouble, with the clusters that have it. */
export const troubles = (entry: Entry): [string, string[]][] => {
  const found = new Map<string, string[]>();
  for (const place of entry.clusters) {
    if (place.sounds || !place.vi) continue;
    const key = JSON.stringify({ vi: place.vi, en: place.en });
    found.set(key, [...(found.get(key) ?? []), place.cluster]);
  }
  return [...found].sort((a, b) => b[1].length - a[1].length);
};

type Reason = NonNullable<NonNullable<Entry["why"]>["reason"]>;
const CALL: Reason[] = ["POWER_OFF"];
const NET: Reason[] = ["NO_MEDIA", "NO_PLAN", "NO_ORDER", "NO_VOICE"];
const BOX: Reason[] = ["CLOCK", "AUDIO_FAULT", "CORRUPT", "CONFIG"];
const CLASH: Reason[] = ["PREEMPTED", "LATE"];

/** What may help, if anything does. */
export const advice = (entry: Entry): string => {
  if (entry.standing === "rests") return word("about_rests");
  if (standingOf(entry) === "hushed") return word("about_hushed");
  if (["disturbed", "taken", "gave_way"].includes(entry.standing)) return word("about_clash");
  const reason = entry.why?.reason;
  if (!reason) return "";
  if (CALL.includes(reason)) return word("about_call");
  if (NET.includes(reason)) return word("about_net");
  if (BOX.includes(reason)) return word("about_box");
  if (CLASH.includes(reason)) return word("about_clash");
  return reason === "NO_RELAY" ? word("about_relay") : "";
};
