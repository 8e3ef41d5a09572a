/** Recordings that were neither sent nor discarded: of an app that crashed, or of somebody who went elsewhere. */

import * as depot from "./depot";

class Unfinished {
  all = $state.raw<depot.Take[]>([]);

  /** Those that no window is still recording. */
  async look(who: string): Promise<void> {
    const all = await depot.takes(who);
    const held = await Promise.all(all.map((take) => depot.isHeld(take.id)));
    this.all = all.filter((_take, index) => !held[index]);
  }
}

export const unfinished = new Unfinished();
