/** Villages and clusters as places to play at. */

import { answer, api, type Json } from "./api";
import { feed } from "./feed.svelte";
import { seen } from "./seen";

type Named = Pick<Json["ClusterJson"], "id" | "name" | "village_id" | "village">;
/** Its keeper is not known of what an older version of the app kept, nor from the feed. */
export type Cluster = Named & Partial<Pick<Json["ClusterJson"], "keeper" | "keeper_phone">>;
/** A village or a cluster as a target. */
export interface Place {
  target: string;
  name: string;
}

/** All clusters; without a line those that were seen last. */
export const placesSeen = async (): Promise<Cluster[]> => {
  const found = await seen("places", async () => {
    const { items } = await answer(api.GET("/api/v1/clusters"));
    return items.map(({ id, name, village_id, village, keeper, keeper_phone }) =>
      ({ id, name, village_id, village, keeper, keeper_phone }));
  });
  return found.data;
};

/** The same, or at least what the feed calls them. */
export const allClusters = async (): Promise<Cluster[]> => {
  try {
    return await placesSeen();
  } catch (error) {
    if (!feed.clusters.length) throw error;
    return feed.clusters.map(({ id, name }) => ({ id, name, village_id: "", village: "" }));
  }
};
