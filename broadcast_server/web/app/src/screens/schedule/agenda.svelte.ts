/** The weeks that were looked at, the day that is shown, and commands that change the timetable. */

import { answer, api, type Json } from "../../lib/api";
import { feed } from "../../lib/feed.svelte";
import { seen, type Seen } from "../../lib/seen";
import type { Change, Edited, Entry, Plan, Quiet, Scope } from "./plan";

export type Week = Seen<Json["AgendaJson"]>;

export interface Carried {
  plan: Plan;
  edited: Edited | null;
  scope: Scope;
  /** It was to be saved at once, but something is in the way: the form says what. */
  pressed: boolean;
  /** The draft that it comes from, dropped once it is saved. */
  draft: number | null;
}

class Agenda {
  /** The day that was chosen; null for today, whatever day that is. */
  chosen = $state<string | null>(null);
  /** Counts what was changed here, so that the week is asked for anew. */
  changes = $state(0);
  /** What the form is to begin with. */
  carried: Carried | null = null;
  /** What was seen last, to know the station's habits. */
  entries: Entry[] = [];
  quiet: Quiet | null = null;

  /** Whenever anything begins or ends on air, the week is another. */
  get pulse(): string {
    const on = feed.clusters.map((one) => one.on_air?.airing_id ?? "").join();
    return `${this.changes} ${feed.next?.start_us ?? ""} ${feed.line === "offline"} ${on}`;
  }

  async week(first: string): Promise<Week> {
    const found = await seen(`agenda.${first}`, () =>
      answer(api.GET("/api/v1/schedule/agenda", { params: { query: { from: first, days: 7 } } })),
    );
    this.quiet = found.data.quiet;
    this.entries = found.data.days.flatMap((one) => one.entries);
    return found;
  }
}

export const agenda = new Agenda();

export const check = (body: Change): Promise<Json["TriedJson"]> => answer(api.POST("/api/v1/schedule/changes/check", { body }));

export const change = async (body: Change): Promise<Json["ChangedJson"]> => {
  const done = await answer(api.POST("/api/v1/schedule/changes", { body }));
  agenda.changes += 1;
  return done;
};

const UNDO_MS = 8000;

/** What was just done, for eight seconds, and the way back. */
class Snack {
  text = $state("");
  id = $state<string | null>(null);
  bad = $state(false);
  private going: ReturnType<typeof setTimeout> | undefined;

  show(text: string, id: string | null = null, bad = false): void {
    clearTimeout(this.going);
    [this.text, this.id, this.bad] = [text, id, bad];
    this.going = setTimeout(() => this.clear(), UNDO_MS);
  }

  clear(): void {
    clearTimeout(this.going);
    this.text = "";
    this.id = null;
  }

  async undo(): Promise<void> {
    const name = this.id;
    if (!name) return;
    this.id = null;
    await answer(api.POST("/api/v1/schedule/changes/{name}/undo", { params: { path: { name } } }));
    agenda.changes += 1;
  }
}

export const snack = new Snack();
