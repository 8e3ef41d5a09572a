/** Villages and clusters as targets, and what a choice of them is called. */

import { answer, api, type Json } from "../../lib/api";
import { feed } from "../../lib/feed.svelte";
import { seen } from "../../lib/seen";
import { word } from "./words";

export type Cluster = Pick<Json["ClusterJson"], "id" | "name" | "village_id" | "village">;

/** All clusters; without a line those that were seen last. */
export const allClusters = async (): Promise<Cluster[]> => {
  const found = await seen("places", async () => {
    const { items } = await answer(api.GET("/api/v1/clusters"));
    return items.map(({ id, name, village_id, village }) => ({ id, name, village_id, village }));
  });
  return found.data;
};

/** The clusters that the targets mean; a loudspeaker of its own counts as its cluster. */
export const reached = (targets: readonly string[], clusters: readonly Cluster[]): Cluster[] =>
  clusters.filter((one) =>
    targets.some(
      (target) =>
        target === "all" ||
        target === `village:${one.village_id}` ||
        target === `cluster:${one.id}` ||
        target.startsWith(`loudspeaker:${one.id}:`),
    ),
  );

export const whereWord = (targets: readonly string[] | null, clusters: readonly Cluster[]): string => {
  const known = clusters.length ? clusters : feed.clusters.map((one) => ({ ...one, village_id: "", village: "" }));
  if (targets === null) return word("as_before");
  if (targets.includes("all")) return word("everywhere", { count: known.length });
  const found = reached(targets, known);
  if (found.length === 0) return word("nowhere");
  return found.length <= 2 ? found.map((one) => one.name).join(", ") : word("clusters", { count: found.length });
};
