/** How far an announcement has come, decided from what the station said of it and what time it is there. */

import type { Json } from "../../lib/api";
import { isCut } from "../now/ladder";

/** Without what the tools make of its pairs, each of them something else. */
export type Line = Omit<Json["AiringJson"], "segments">;
type Announcement = Json["AnnouncementJson"];
export type Phase = "making" | "soon" | "later" | "on_air" | "called_off" | "failed";
type Presence = Json["ClusterPartJson"]["presence"];

const SECOND_US = 1_000_000;
const SOON_US = 120 * SECOND_US;
/** A box reports within seconds; after so long its silence is said to be one. */
const QUIET_US = 15 * SECOND_US;
const OPEN: readonly Json["AiringState"][] = ["PENDING", "PLAYING", "UNKNOWN"];
/** `Evidence` of the log: the sound card took it, and a sensor found it. */
const CONSUMED = 3;
const MEASURED = 4;

export const phaseOf = (one: Announcement | null, lines: readonly Line[], now: number): Phase => {
  if (!one) return "making";
  if (one.state === "cancelled") return "called_off";
  if (one.refusal || one.state === "refused" || one.state === "failed") return "failed";
  if (one.start_us === null) return one.state === "over" ? "on_air" : "making";
  const start = lines.length ? Math.min(...lines.map((line) => line.start_us)) : one.start_us;
  if (now >= start || lines.some((line) => line.state !== "PENDING")) return "on_air";
  return start - now > SOON_US ? "later" : "soon";
};

/** Nothing more is to come: every box has had its say, or has been silent for so long that it may have no more. */
export const isOver = (lines: readonly Line[], now: number): boolean =>
  lines.length > 0 && lines.every((line) => !OPEN.includes(line.state) || now > line.end_us + QUIET_US);

/** It was cut on each cluster, but where no box said a word of it. */
export const isStopped = (lines: readonly Line[]): boolean => {
  const told = lines.filter((line) => line.state !== "PENDING");
  return told.length > 0 && told.every(isCut);
};

/** How long to wait before it is asked for again, ms; null: never. */
export const patience = (one: Announcement | null, lines: readonly Line[], now: number): number | null => {
  const phase = phaseOf(one, lines, now);
  if (phase === "called_off" || phase === "failed") return null;
  if (phase === "making") return 1000;
  if (phase === "later") return 60_000;
  if (lines.length && lines.every((line) => !OPEN.includes(line.state))) return null;
  return isOver(lines, now) ? 15_000 : 2000;
};

/** The most that can be said of all: `sounded` only of what was measured. */
export const headline = (
  lines: readonly Line[], over: boolean,
): { count: number; sounded: number; key: "sounded" | "playing" | "played" | "none" | "sent" } => {
  const played = lines.filter((line) => line.started_us !== null || (line.evidence ?? 0) >= CONSUMED);
  const sounded = played.filter((line) => (line.evidence ?? 0) >= MEASURED);
  if (sounded.length && sounded.length === played.length) return { count: sounded.length, sounded: sounded.length, key: "sounded" };
  if (played.length) return { count: played.length, sounded: sounded.length, key: over ? "played" : "playing" };
  return { count: 0, sounded: 0, key: over ? "none" : "sent" };
};

type Kind = "good" | "warn" | "bad" | "wait" | "live";
/** `key`: our words; without one the log's sentence says it. */
export const standing = (line: Line, now: number, presence: Presence): { kind: Kind; key?: "silent" | "silent_over" | "ready" | "lost" } => {
  if (line.state === "PENDING" && now < line.start_us) return presence === "online" ? { kind: "wait", key: "ready" } : { kind: "bad", key: "lost" };
  if (line.state === "PENDING" && now > line.end_us + QUIET_US) return { kind: "bad", key: "silent_over" };
  if (line.state === "PENDING") return now - line.start_us < QUIET_US ? { kind: "wait", key: "silent" } : { kind: "bad", key: "silent" };
  const kinds: Record<Line["state"], Kind> = {
    PENDING: "wait", PLAYING: "live", UNKNOWN: "warn", PLAYED: "good", PARTIAL: "warn", MISSED: "bad", SUPERSEDED: "warn", CANCELLED: "warn",
  };
  return { kind: kinds[line.state] };
};
