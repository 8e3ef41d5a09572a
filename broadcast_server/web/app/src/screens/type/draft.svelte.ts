/** What is being typed, kept on the phone: it outlives a reload and a line that is gone. */

import type { Json } from "../../lib/api";
import { newKey } from "../../lib/key";
import { session } from "../../lib/session.svelte";

export type Announcement = Json["NewAnnouncement"];
export type Voice = NonNullable<Announcement["voice"]>;
export type Pace = NonNullable<Announcement["pace"]>;
export interface Place {
  target: string;
  name: string;
}
export interface Content {
  text: string;
  /** None: everywhere. */
  places: Place[];
  times: number;
  voice: Voice;
  pace: Pace;
}
/** What was sent and never answered: with its key it may be sent again, it goes on air once. */
export interface Pending {
  body: Announcement & { key: string };
}
interface Kept extends Content {
  who: string | undefined;
  pending: Pending | null;
  last: { id: string; content: Content } | null;
}

const kept = (who: string | undefined): string => `typed.${who}`;
const EMPTY: Content = { text: "", places: [], times: 2, voice: "vi", pace: 100 };

const read = (): Partial<Kept> => {
  try {
    return JSON.parse(localStorage.getItem(kept(session.me?.id)) ?? "{}") as Partial<Kept>; // another's is nobody's business
  } catch {
    return {};
  }
};

class Draft {
  content = $state<Content>(EMPTY);
  pending = $state.raw<Pending | null>(null);
  last = $state.raw<Kept["last"]>(null);
  /** Whether what is on the screen is what the phone keeps. */
  saved = $state(true);
  /** Whether the phone keeps anything at all. */
  keeps = $state(true);
  private written = "";
  /** Whose it is: the session may end before it is kept for the last time. */
  private who: string | undefined;

  load(): void {
    this.who = session.me?.id;
    const { text, places, times, voice, pace, pending, last } = { ...EMPTY, ...read() };
    this.content = { text, places, times, voice, pace };
    this.pending = pending ?? null;
    this.last = last ?? null;
    this.written = this.whole();
    this.saved = true;
  }

  save(): void {
    const whole = this.whole();
    if (whole === this.written) return void (this.saved = true);
    if (!this.who) return;
    try {
      localStorage.setItem(kept(this.who), whole);
      this.written = whole;
      this.saved = this.keeps = true;
    } catch {
      this.keeps = false;
    }
  }

  touched(): void {
    this.saved = false;
  }

  /** The station has it: the next text begins empty, as it was said last. */
  gone(id: string): void {
    const content = $state.snapshot(this.content);
    this.last = { id, content };
    this.content = { ...content, text: "" };
    this.settle();
  }

  /** The text of that announcement comes back to be mended. */
  back(id: string): void {
    if (this.last?.id !== id) return;
    this.content = { ...this.last.content };
    this.save();
  }

  wait(pending: Pending): void {
    this.pending = pending;
    this.save();
  }

  settle(): void {
    this.pending = null;
    this.save();
  }

  private whole(): string {
    const kept: Kept = { ...$state.snapshot(this.content), who: this.who, pending: this.pending, last: this.last };
    return JSON.stringify(kept);
  }
}

export const draft = new Draft();

/** What the station is asked for, with a key of its own. */
export const announcementOf = (content: Content, at_us: number | null): Pending["body"] => {
  const targets = content.places.length ? content.places.map((one) => one.target) : ["all"];
  const { text, times, voice, pace } = content;
  return { text: text.trim(), title: "", targets, times, voice, pace, at_us, dry_run: false, key: newKey() };
};
