/** A recording put on air now: it starts once, however often it is sent, and is called off until it begins. */

import { answer, api, refusal, type Json } from "../../lib/api";
import { newKey } from "../../lib/key";
import { isTaken, Late } from "../../lib/late.svelte";
import { Saving } from "../../lib/saving.svelte";
import { word } from "./words";

const PATIENCE_MS = 8000;
type Body = Json["NewAnnouncement"] & { key: string };

/** What became of it outlives the sheet that it was ordered from. */
export class Given extends Saving {
  planned = $state.raw<Json["AnnouncementJson"] | null>(null);
  /** Sent without an answer, last at `sent_ms`: what is sent again is this. */
  sent = $state.raw<{ body: Body; sent_ms: number } | null>(null);
  readonly late = new Late();
  /** Kept until the station has answered for it: of what may still come and what is sent after it only one starts. */
  private key = newKey();

  async send(wish: Omit<Json["NewAnnouncement"], "key">): Promise<void> {
    const again = this.sent !== null;
    const body = this.sent?.body ?? { ...wish, key: this.key };
    this.sent = { body, sent_ms: Date.now() };
    await this.run(async () => {
      try {
        const asked = api.POST("/api/v1/announcements", { body, signal: AbortSignal.timeout(PATIENCE_MS) });
        this.settle((await answer(asked)) as Json["AnnouncedJson"]);
      } catch (error) {
        const no = refusal(error);
        if (isTaken(no)) {
          const path = { params: { path: { announcement_id: body.key } } };
          this.settle(await answer(api.GET("/api/v1/announcements/{announcement_id}", path)));
          if (no.code === "key_used") return word("now.earlier");
        } else if (no.status >= 400 && no.status < 500 && no.status !== 401 && !again) this.sent = null;
        if (no.status) throw error;
        return "";
      }
    });
  }

  /** It is not to be played, whether or not it has come yet. */
  async callOff(): Promise<void> {
    const id = this.planned?.id ?? this.sent?.body.key;
    if (!id) return;
    const path = { params: { path: { announcement_id: id } } };
    const ask = (): Promise<unknown> =>
      answer(api.DELETE("/api/v1/announcements/{announcement_id}", { ...path, signal: AbortSignal.timeout(PATIENCE_MS) }));
    await this.run(async () => {
      try {
        const found = await this.late.find(this.sent?.sent_ms ?? 0, ask);
        if (found === null) this.sent = null;
        else this.settle(null);
        return word(found === null ? "now.never_came" : "now.cancelled");
      } catch (error) {
        const { status } = refusal(error);
        if (status >= 400 && status < 500 && status !== 401) this.settle(this.planned);
        throw error;
      }
    });
  }

  /** The station has answered for what was sent last. */
  private settle(planned: Json["AnnouncementJson"] | null): void {
    this.key = newKey();
    this.sent = null;
    this.planned = planned?.state === "ready" && planned.start_us ? planned : null;
  }
}

const all = new Map<string, Given>();
/** By whom, and which recording. */
export const givenOf = (who: string, recording: string): Given => {
  const name = `${who}/${recording}`;
  const found = all.get(name) ?? new Given();
  all.set(name, found);
  return found;
};
