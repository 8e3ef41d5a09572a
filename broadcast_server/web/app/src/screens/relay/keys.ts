import { newKey } from "../../lib/key";
import { isUnderWay } from "../../lib/late.svelte";

/** By whom, and which source. Kept while what was sent with it may still come: of that and what is sent after it only one
 * starts, whichever screen it was sent from. */
const all = new Map<string, { key: string; sent_ms: number }>();
const nameOf = (who: string, source: string): string => `${who}/${source}`;

/** What the next start is sent with, now. */
export const keyOf = (who: string, source: string): string => {
  const found = all.get(nameOf(who, source));
  const key = found && isUnderWay(found.sent_ms) ? found.key : newKey();
  sent(who, source, key);
  return key;
};

/** It is sent with this one, now. */
export const sent = (who: string, source: string, key: string): void =>
  void all.set(nameOf(who, source), { key, sent_ms: Date.now() });

/** The station has answered for what was sent with it. */
export const spend = (who: string, source: string): void => void all.delete(nameOf(who, source));
