/** The weeks that were looked at, the day that is shown, and commands that change the timetable. */

import { weekOf } from "../../lib/ahead";
import { answer, api, type Json } from "../../lib/api";
import { feed } from "../../lib/feed.svelte";
import type { Seen } from "../../lib/seen";
import type { Change, Edited, Entry, Plan, Quiet, Scope } from "./plan";

export type Week = Seen<Json["AgendaJson"]>;
/** What there was to choose, as this phone last saw it. */
export const CHOICES = "choices";

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
    const found = await weekOf(first);
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

/** Takes back what was done. */
export type Undo = () => Promise<unknown>;
/** Of a change of that name. */
export const undoing =
  (name: string): Undo =>
  () => answer(api.POST("/api/v1/schedule/changes/{name}/undo", { params: { path: { name } } }));

const UNDO_MS = 8000;

/** What was just done, for eight seconds, and the way back. */
class Snack {
  text = $state("");
  back = $state.raw<Undo | null>(null);
  bad = $state(false);
  private going: ReturnType<typeof setTimeout> | undefined;

  show(text: string, back: Undo | null = null, bad = false): void {
    clearTimeout(this.going);
    [this.text, this.back, this.bad] = [text, back, bad];
    this.going = setTimeout(() => this.clear(), UNDO_MS);
  }

  clear(): void {
    clearTimeout(this.going);
    this.text = "";
    this.back = null;
  }

  async undo(): Promise<void> {
    const back = this.back;
    if (!back) return;
    this.back = null;
    try {
      await back();
    } finally {
      agenda.changes += 1;
    }
  }
}

export const snack = new Snack();
