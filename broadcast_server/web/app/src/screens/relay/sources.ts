/** Sources as a person thinks of them. */

import type { Json } from "../../lib/api";
import { clock, day, dayShown, time } from "../../lib/clock.svelte";
import { word } from "./words";

export type Source = Json["SourceJson"];
export type Relay = Json["RelayJson"];
type Kind = "good" | "warn" | "bad" | "wait" | "live";

/** The source that was just added: it is tried as soon as it is shown. */
export const fresh = { id: "" };

const SILENT = ["silent", "stalled", "nothing_new"];
const UNREACHED = ["unreachable", "dead", "http_error", "untrusted", "no_input", "input_not_allowed"];

/** How it was when it was last looked at, in a word. */
export const stateOf = (probed: Source["probed"]): { kind: Kind; text: string } => {
  if (!probed) return { kind: "wait", text: word("state.untried") };
  if (probed.ok) return { kind: "good", text: word("state.sounds") };
  if (SILENT.includes(probed.reason ?? "")) return { kind: "bad", text: word("state.silent") };
  return { kind: "bad", text: word(UNREACHED.includes(probed.reason ?? "") ? "state.unreached" : "state.unfit") };
};

/** `lúc 07:12`, with the date if that was on another day. */
export const when = (us: number): string =>
  day(us) === day(clock.now) ? time(us) : `${time(us)} ${dayShown(day(us)).slice(0, 5)}`;

/** What an address most likely is. */
export const guess = (address: string): Json["SourceKind"] => {
  const place = address.trim();
  if (!place || /^https?:/i.test(place)) return /\.m3u8$/i.test(place.split("?")[0] ?? "") ? "hls" : "http";
  return place.includes(":") || place === "default" ? "input" : "folder";
};

/** What is done when a source is lost: the next ones in their order, then what the boxes play themselves. */
export const fallback = (others: readonly string[], meanwhile: readonly string[]): string => {
  const last = meanwhile.length ? word("fallback.play", { titles: meanwhile.join("”, “") }) : word("fallback.silence");
  return others.length ? `${word("fallback.next", { names: others.join("”, “") })} ${last}` : last;
};
