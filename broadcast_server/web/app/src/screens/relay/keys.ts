import { newKey } from "../../lib/key";

/** By whom, and which source. Kept while what was sent with it may still come: of that and what is sent after it only one
 * starts, whichever screen it was sent from. */
const all = new Map<string, string>();
const nameOf = (who: string, source: string): string => `${who}/${source}`;

/** What the next start is sent with. */
export const keyOf = (who: string, source: string): string => {
  const name = nameOf(who, source);
  const found = all.get(name) ?? newKey();
  all.set(name, found);
  return found;
};

/** The station has answered for what was sent with it. */
export const spend = (who: string, source: string): void => void all.delete(nameOf(who, source));
