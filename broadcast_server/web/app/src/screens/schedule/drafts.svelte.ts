/** Plans that could not be saved for want of a line: they wait on the phone, and are never sent by themselves. */

import { clock } from "../../lib/clock.svelte";
import { session } from "../../lib/session.svelte";
import { plansOf } from "../../lib/waiting";
import type { Edited, Plan, Scope } from "./plan";

export interface Draft {
  at_us: number;
  plan: Plan;
  edited: Edited | null;
  scope: Scope;
}

const MOST = 20;

class Drafts {
  private changed = $state(0);

  private get key(): string {
    return plansOf(session.me?.id);
  }

  get all(): Draft[] {
    void this.changed;
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "[]") as Draft[];
    } catch {
      return [];
    }
  }

  /** In the place of the one that it was, if it was one. Throws where the device has no room: then that one stays. */
  keep(plan: Plan, edited: Edited | null, scope: Scope, old: number | null): void {
    const others = this.all.filter((one) => one.at_us !== old);
    this.write([{ at_us: clock.us(), plan, edited, scope }, ...others].slice(0, MOST));
  }

  drop(at_us: number): void {
    this.write(this.all.filter((one) => one.at_us !== at_us));
  }

  private write(drafts: Draft[]): void {
    localStorage.setItem(this.key, JSON.stringify(drafts));
    this.changed += 1;
  }
}

export const drafts = new Drafts();
