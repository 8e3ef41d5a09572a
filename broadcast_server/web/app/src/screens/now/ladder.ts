/** How far up the ladder each loudspeaker of an order got, never a step that nobody reported. */

import type { Json } from "../../lib/api";
import type { OrderPart } from "../../lib/feed.svelte";
import { feed } from "../../lib/feed.svelte";
import { said } from "../../lib/language.svelte";
import { word } from "./words";

export type Level = "sounded" | "playing" | "acknowledged" | "waiting";
/** `unheard`: its cluster plays, and a sensor has looked and not found it sounding. */
export interface Horn { number: number; level: Level; unheard: boolean }
export interface Place { id: string; name: string; state: string; horns: Horn[]; told: string }

type Own = Pick<Json["OwnStepJson"], "number" | "sounded" | "confidence">;
const hornOf = (horn: Own, one: { acknowledged: number | null; playing: number | null }): Horn => {
  const own = one.playing !== null ? "playing" : one.acknowledged !== null ? "acknowledged" : "waiting";
  const level = horn.sounded !== null ? "sounded" : own;
  return { number: horn.number, level, unheard: level === "playing" && horn.confidence !== null };
};

/** Its clusters, by the newest that is known of each: `live` is newer than `detail`. */
export const placesOf = (detail: Json["OrderJson"], live: OrderPart | undefined): Place[] =>
  detail.clusters.map((one) => {
    const now = live?.clusters.find((part) => part.cluster_id === one.cluster_id);
    const horns = now ? now.each.map((horn) => hornOf(horn, now)) : one.loudspeakers.map((horn) => hornOf(horn, one));
    return { id: one.cluster_id, name: one.cluster, state: now?.state ?? one.state, horns, told: said(one) };
  });

const CUT = ["PARTIAL", "CANCELLED", "SUPERSEDED"];
interface Standing { state: string; acknowledged: number | null; withdrawn: boolean }
interface Told { expires_us: number; clusters: readonly Standing[] }
/** Stopped there, or taken back: what was not heard nobody wanted to be heard. */
export const isCut = ({ state }: { state: string }): boolean => CUT.includes(state);
/** Nobody has told what became of it there; it may have sounded. */
export const isUnknown = ({ state }: { state: string }): boolean => ["PENDING", "UNKNOWN"].includes(state);
/** It may not begin any more, wherever it has not. What nobody told since the line was lost may be otherwise. */
export const isExpired = ({ expires_us }: { expires_us: number }): boolean => (feed.asOf ?? 0) > expires_us;
/** One that never answered and has no end for hours, if it cannot be reached. */
const isLost = (one: Standing): boolean => one.acknowledged === null && isUnknown(one);
/** Without whoever is lost and may not begin any more, or was told to stop. */
const left = (order: Told): readonly Standing[] =>
  order.clusters.filter((one) => !(isLost(one) && (one.withdrawn || isExpired(order))));
/** It was cut on each of them, or taken back before it was heard of there. */
export const isStopped = ({ clusters }: Told): boolean => clusters.every((one) => isCut(one) || (one.withdrawn && isLost(one)));
/** It sounds no more as far as anybody can know: each of them has its end. */
export const isQuiet = (order: Told): boolean =>
  isStopped(order) || (!!left(order)[0] && !left(order).some((one) => one.state === "PENDING" || isPlaying(one)));
export const isPlaying = ({ state }: { state: string }): boolean => state === "PLAYING";
/** It has its end there, though it may go on elsewhere. */
export const isDone = ({ state }: { state: string }, over: boolean): boolean => over || !["PENDING", "PLAYING"].includes(state);

export const count = (places: Place[], ...levels: Level[]): number =>
  places.flatMap((one) => one.horns).filter((horn) => levels.includes(horn.level)).length;

/** Which loudspeakers those are and how many: a cluster by its name where all of its own are, else by number too. */
const named = (places: Place[], fits: (horn: Horn) => boolean): { count: number; names: string } => {
  let count = 0;
  const names: string[] = [];
  for (const { name, horns } of places) {
    const numbers = horns.filter(fits).map((horn) => horn.number);
    count += numbers.length;
    const whole = numbers.length === horns.length;
    if (numbers.length) names.push(whole ? name : word("part_of", { name, numbers: numbers.join(" + ") }));
  }
  return { count, names: names.join(", ") };
};

/** Who is missing, by name, a sentence for each way; none while the headline says it of everybody. `soon`: nobody has
 * had the time to answer yet. */
export const missing = (places: Place[], over: boolean, soon: boolean): string[] => {
  const done = places.filter((one) => isDone(one, over));
  const open = places.filter((one) => !done.includes(one));
  const sentences: string[] = [];
  const say = (key: Parameters<typeof word>[0], some: Place[], ...levels: (Level | "unheard")[]): void => {
    const told = named(some, (horn) => levels.includes(horn.unheard ? "unheard" : horn.level));
    if (told.count) sentences.push(word(key, told));
  };
  const silent = ["waiting", "acknowledged"] as const;
  const played = count(places, "sounded", "playing");
  if (!played && !open[0]) return [];
  if (!played) {
    if (count(open, "acknowledged")) say("unanswered_by", open, "waiting");
  } else if (!soon) say("missing", open, ...silent);
  say("missed", done.filter((one) => !isUnknown(one)), ...silent);
  say("missed.unknown", done.filter(isUnknown), ...silent);
  if (!over) say("broken", done.filter((one) => one.state === "PARTIAL"), "sounded", "playing");
  say("unheard", places, "unheard");
  return sentences;
};
