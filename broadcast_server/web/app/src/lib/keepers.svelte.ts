/** Whom to call where a cluster does not answer: on this phone before its line is lost. */

import { placesSeen, type Cluster } from "./places";
import { keptOf } from "./seen";

class Keepers {
  private all = $state.raw<Cluster[]>(keptOf<Cluster[]>("places")?.data ?? []);

  async look(): Promise<void> {
    this.all = await placesSeen();
  }

  /** The cluster with its keeper, as far as this phone knows. */
  of(id: string): Cluster | undefined {
    return this.all.find((one) => one.id === id);
  }
}

export const keepers = new Keepers();

/** What dials a number that is written with spaces or dots. */
export const dial = (number: string): string => `tel:${number.replaceAll(/[ .]/g, "")}`;
