/** What a choice of places is called. */

import type { Cluster } from "../../lib/places";
import { word } from "./words";

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
  if (targets === null) return word("as_before");
  if (targets.includes("all")) return word("everywhere", { count: clusters.length });
  const found = reached(targets, clusters);
  if (found.length === 0) return word("nowhere");
  return found.length <= 2 ? found.map((one) => one.name).join(", ") : word("clusters", { count: found.length });
};
