/** What was last seen of the station, kept on the phone, so that it can be read without a line; with its age. */

import { Refusal } from "./api";
import { clock } from "./clock.svelte";

const PREFIX = "seen.";

export interface Seen<Data> {
  data: Data;
  /** When the station said so. */
  at_us: number;
  /** Whether the station could not be asked now. */
  old: boolean;
}

/** What was kept under the name. */
export const keptOf = <Data>(name: string): Seen<Data> | undefined => {
  const kept = localStorage.getItem(PREFIX + name);
  return kept === null ? undefined : { ...(JSON.parse(kept) as { data: Data; at_us: number }), old: true };
};

/** Counts how often all was forgotten: what was asked for before that is not kept after it. */
let forgotten = 0;

/** Asked of the station; what was kept under the name, if there is no line. */
export async function seen<Data>(name: string, ask: () => Promise<Data>): Promise<Seen<Data>> {
  const before = forgotten;
  try {
    const found = { data: await ask(), at_us: clock.us() };
    try {
      if (forgotten === before) localStorage.setItem(PREFIX + name, JSON.stringify(found));
    } catch {
      // a full phone keeps less
    }
    return { ...found, old: false };
  } catch (error) {
    const kept = keptOf<Data>(name);
    if (!kept || !(error instanceof Refusal) || error.code !== "unreachable") throw error;
    return kept;
  }
}

export const forgetSeen = (): void => {
  forgotten += 1;
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
};
