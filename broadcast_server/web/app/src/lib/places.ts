/** Villages and clusters as places to play at. */

import { answer, api, type Json } from "./api";
import { feed } from "./feed.svelte";
import { seen } from "./seen";

export type Cluster = Pick<Json["ClusterJson"], "id" | "name" | "village_id" | "village">;
/** A village or a cluster as a target. */
export interface Place {
  target: string;
  name: string;
}

/** All clusters; without a line those that were seen last, or at least what the feed calls them. */
export const allClusters = async (): Promise<Cluster[]> => {
  try {
    const found = await seen("places", async () => {
      const { items } = await answer(api.GET("/api/v1/clusters"));
      return items.map(({ id, name, village_id, village }) => ({ id, name, village_id, village }));
    });
    return found.data;
  } catch (error) {
    if (!feed.clusters.length) throw error;
    return feed.clusters.map(({ id, name }) => ({ id, name, village_id: "", village: "" }));
  }
};
