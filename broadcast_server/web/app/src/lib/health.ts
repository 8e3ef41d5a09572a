/** Which loudspeakers would sound if they were told to now. */

import { feed, type ClusterPart } from "./feed.svelte";

export type Cluster = ClusterPart & { id: string };
/** What the phone kept from an older version says nothing of its loudspeakers. */
const horns = (cluster: Cluster): ClusterPart["loudspeakers"] => cluster.loudspeakers ?? [];
export const readyIn = (cluster: Cluster): number => horns(cluster).filter((horn) => horn.state === "ready").length;

/** Clusters that cannot be reached: nothing that is said now is heard there. */
export const isReady = (cluster: Cluster): boolean => cluster.presence === "online";
export const troubled = (): Cluster[] => feed.clusters.filter((cluster) => !isReady(cluster));
/** Clusters of which not every loudspeaker would sound. */
export const lacking = (): Cluster[] => feed.clusters.filter((cluster) => !isReady(cluster) || readyIn(cluster) < horns(cluster).length);
/** How many of how many, on these clusters. */
export const readiness = (clusters: Cluster[] = feed.clusters): { ready: number; all: number } => ({
  ready: clusters.reduce((sum, one) => sum + readyIn(one), 0),
  all: clusters.reduce((sum, one) => sum + horns(one).length, 0),
});

/** Whom an order to these clusters meets, to all if none is chosen: who of them cannot be reached, and how many
 * loudspeakers of how many would sound. */
export const reach = (chosen: readonly string[]): { places: Cluster[]; away: Cluster[]; ready: number; all: number } => {
  const places = feed.clusters.filter((one) => !chosen.length || chosen.includes(one.id));
  return { places, away: places.filter((one) => !isReady(one)), ...readiness(places) };
};
export const named = (some: readonly { name: string }[]): string => some.map((one) => one.name).join(", ");
