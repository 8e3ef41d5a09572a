/** The timetable of these days, kept on the phone before anybody asked for it: it can be read without a line. */

import { monday, plus } from "../screens/schedule/days";
import { answer, api, type Json } from "./api";
import { clock, day } from "./clock.svelte";
import { keptOf, seen, type Seen } from "./seen";
import { session } from "./session.svelte";

const KEPT = "agenda.";
/** A week that was kept so lately is not asked for again by itself. */
const FRESH_US = 6 * 3_600_000_000;

/** The week that begins on that day; as it was kept, if there is no line. */
export const weekOf = (first: string): Promise<Seen<Json["AgendaJson"]>> =>
  seen(KEPT + first, () => answer(api.GET("/api/v1/schedule/agenda", { params: { query: { from: first, days: 7 } } })));

const idle = (): Promise<unknown> =>
  new Promise((resolve) => ("requestIdleCallback" in window ? requestIdleCallback(resolve) : setTimeout(resolve, 1000)));

/** This week, and on its last day the next; those that are long over go. Nothing on a phone that saves its data. */
export const keepAhead = async (): Promise<void> => {
  if ((navigator as { connection?: { saveData?: boolean } }).connection?.saveData) return;
  const who = session.me?.id;
  await idle();
  const today = day(clock.us());
  const old = `seen.${KEPT}${plus(monday(today), -7)}`;
  for (const key of Object.keys(localStorage)) if (key.startsWith(`seen.${KEPT}`) && key < old) localStorage.removeItem(key);
  for (const first of new Set([today, plus(today, 1)].map(monday))) {
    if (session.me?.id !== who) return; // who logged out meanwhile asks for nothing
    const kept = keptOf(KEPT + first);
    if (!kept || clock.us() - kept.at_us > FRESH_US) await weekOf(first);
  }
};
