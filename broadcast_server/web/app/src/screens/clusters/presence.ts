import type { Json } from "../../lib/api";
import { clock } from "../../lib/clock.svelte";
import { feed } from "../../lib/feed.svelte";

export type Presence = "online" | "late" | "lost" | "unheard" | "never";
export type Readiness = Json["Readiness"];
export const KINDS = { online: "good", late: "warn", lost: "bad", unheard: "wait", never: "wait" } as const;
const WEIGHTS = { lost: 0, late: 1, unheard: 2, never: 2, online: 3 };
const TROUBLED = 2.5;
const MINUTE_US = 60_000_000;

/** How its box stands, if it has one: as the feed says, or as it stood when it was asked for. */
export const presenceOf = (cluster: Json["ClusterJson"]): Presence => {
  const live = feed.clusters.find((one) => one.id === cluster.id);
  const presence = (live ? live.presence : cluster.box?.presence) ?? "never";
  return presence === "never" && cluster.box ? "unheard" : presence;
};

/** How each loudspeaker stands: as the feed says, which knows sooner. */
export const stateOf = (cluster: Json["ClusterJson"], number: number): Readiness => {
  const live = feed.clusters.find((one) => one.id === cluster.id)?.loudspeakers?.find((one) => one.number === number);
  return live?.state ?? cluster.loudspeakers.find((one) => one.number === number)?.state ?? "away";
};

export const readyIn = (cluster: Json["ClusterJson"]): number =>
  cluster.loudspeakers.filter((one) => stateOf(cluster, one.number) === "ready").length;

/** Where a cluster stands in a list that has trouble on top. */
export const weight = (cluster: Json["ClusterJson"]): number => {
  const presence = presenceOf(cluster);
  return presence === "online" && readyIn(cluster) < cluster.loudspeakers.length ? TROUBLED : WEIGHTS[presence];
};

/** What it is switched off by, as long as it is. */
export const restOf = ({ rests }: Json["ClusterJson"]): Json["ClusterJson"]["rests"] =>
  rests && (rests.until_us ?? Infinity) > clock.now ? rests : null;

/** As of when it stands so, where the station cannot be asked now; `kept_us`: what was kept is so old. */
export const thenOf = (kept_us: number | null): number | null => kept_us ?? (feed.line === "offline" ? feed.asOf : null);

let minute = 0;

/** What changes when a cluster has to be asked for anew: the feed does not carry all of it, so it does with every minute
 * that has a line. */
export const standing = (): string => {
  if (feed.line !== "offline") minute = Math.floor(clock.now / MINUTE_US);
  const each = feed.clusters.map((one) => [one.id, one.name, one.presence, ...(one.loudspeakers ?? []).map((horn) => horn.state)]);
  return [minute, ...each].join();
};
