/** What is being typed, kept on the phone: it outlives a reload and a line that is gone. */

import type { Json } from "../../lib/api";
import { newKey } from "../../lib/key";
import type { Place } from "../../lib/places";
import { session } from "../../lib/session.svelte";
import { typedBy } from "../../lib/waiting";

export type Announcement = Json["NewAnnouncement"];
export type Voice = NonNullable<Announcement["voice"]>;
export type Pace = NonNullable<Announcement["pace"]>;
export type Opening = NonNullable<Announcement["opening"]> | "none";
export type Closing = NonNullable<Announcement["closing"]> | "none";
export type Otherwise = Json["Otherwise"];
export interface Content {
  text: string;
  /** None: everywhere. */
  places: Place[];
  times: number;
  /** None: the station's own. */
  voice: Voice | null;
  pace: Pace;
  /** What is read otherwise in this text alone. */
  said_as: Otherwise[];
  opening: Opening;
  closing: Closing;
}
/** What was sent, last at `sent_ms` by this phone, and never answered: with its key it may be sent again, it goes on air
 * once. */
export interface Pending {
  body: Announcement & { key: string };
  sent_ms: number;
}
interface Kept extends Content {
  who: string | undefined;
  pending: Pending | null;
  /** Of what was sent and seems never to have come: whatever is sent next has it too, so that only one of them starts. */
  key: string | null;
  last: { id: string; content: Content } | null;
}

const EMPTY: Content = { text: "", places: [], times: 2, voice: null, pace: 100, said_as: [], opening: "none", closing: "none" };

/** What is said before and after, if anything is. */
export const around = (opening: Opening, closing: Closing): Pick<Announcement, "opening" | "closing"> => ({
  ...(opening !== "none" && { opening }),
  ...(closing !== "none" && { closing }),
});

const read = (): Partial<Kept> => {
  try {
    return JSON.parse(localStorage.getItem(typedBy(session.me?.id)) ?? "{}") as Partial<Kept>; // another's is nobody's business
  } catch {
    return {};
  }
};

class Draft {
  content = $state<Content>(EMPTY);
  pending = $state.raw<Pending | null>(null);
  private key: string | null = null;
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
    const found = read();
    const { text, places, times, voice, pace, said_as, opening, closing, pending, key, last } = { ...EMPTY, ...found };
    const of_station = found?.said_as === undefined; // kept before the station had a voice of its own
    this.content = { text, places, times, voice: of_station ? null : voice, pace, said_as, opening, closing };
    this.pending = pending ?? null;
    this.key = key ?? null;
    this.last = last ?? null;
    this.written = this.whole();
    this.saved = true;
  }

  save(): void {
    const whole = this.whole();
    if (whole === this.written) return void (this.saved = true);
    if (!this.who) return;
    try {
      localStorage.setItem(typedBy(this.who), whole);
      this.written = whole;
      this.saved = this.keeps = true;
    } catch {
      this.keeps = false;
    }
  }

  touched(): void {
    this.saved = false;
  }

  /** The station has it: the next text begins empty, in the station's own voice, and nothing is said around it. */
  gone(id: string): void {
    const content = JSON.parse(JSON.stringify(this.content)) as Content;
    this.last = { id, content };
    this.content = { ...content, text: "", voice: null, said_as: [], opening: "none", closing: "none" };
    this.came();
  }

  /** The text of that announcement comes back to be mended. */
  back(id: string): void {
    if (this.last?.id !== id) return;
    this.content = { ...EMPTY, ...this.last.content };
    this.save();
  }

  /** It is sent now; until that is answered, nothing else is. */
  wait(body: Pending["body"]): void {
    this.pending = { body, sent_ms: Date.now() };
    this.save();
  }

  /** What its key was sent with has come: the next has another. */
  came(): void {
    this.key = null;
    this.settle();
  }

  /** It seems never to have come. */
  unheard(): void {
    this.key = this.pending?.body.key ?? this.key;
    this.settle();
  }

  settle(): void {
    this.pending = null;
    this.save();
  }

  /** What the station is asked for. */
  announcement(at_us: number | null): Pending["body"] {
    const { text, places, times, voice, pace, said_as, opening, closing } = this.content;
    const targets = places.length ? places.map((one) => one.target) : ["all"];
    const told = { text: text.trim(), title: "", targets, times, voice, pace, at_us, dry_run: false, key: this.key ?? newKey() };
    return { ...told, ...(said_as.length && { said_as: said_as.map((one) => ({ ...one })) }), ...around(opening, closing) };
  }

  private whole(): string {
    const kept: Kept = { ...this.content, who: this.who, pending: this.pending, key: this.key, last: this.last };
    return JSON.stringify(kept);
  }
}

export const draft = new Draft();
