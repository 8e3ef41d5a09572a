/** One file on its way to the station, over a line that breaks. */

import { Upload, type DetailedError } from "tus-js-client";
import { answer, api, type Json } from "../../lib/api";
import * as depot from "./depot";
import type { HeardAs } from "./loudness";

export type Stage = "waiting" | "wifi" | "sending" | "broken" | "paused" | "checking" | "done" | "refused";
/** `login`: whoever was logged in is not any more. */
export type End = "whole" | "paused" | "refused" | "gone" | "login";
type No = Json["RefusalJson"];

const ENDPOINT = "/api/v1/uploads";
/** A line that takes nothing for so long is dead, whatever the phone believes. */
const DEAF_MS = 45_000;
/** So often the station is asked how much it has: what left the phone may still lie in its own buffers. */
const LOOK_MS = 2500;
/** After so long the station has written down what came before a line was closed. */
const SETTLED_MS = 700;
const AGAIN_MS = [500, 1000, 2000, 4000, 8000, 15_000];
/** Answers after which the same may be tried again: the line's faults and the station's own. */
const PASSING = ["upload_cut", "upload_taken_over", "upload_stalled", "offset_conflict", "checksum_mismatch"];
const LOST = [404, 410];
const FULL = [507];
const WINDOW_MS = 20_000;
export const BIG = 20_000_000;
const ONLY_WIFI = "library.wifi";

/** `cellular` or `wifi`, on phones that tell. */
export const network = (): string | undefined => (navigator as { connection?: { type?: string } }).connection?.type;
export const onlyWifi = (): boolean => localStorage.getItem(ONLY_WIFI) === "yes";
export const setOnlyWifi = (only: boolean): void => localStorage.setItem(ONLY_WIFI, only ? "yes" : "no");

const GONE: No = {
  code: "file_gone",
  vi: "Tệp không còn trên máy này. Hãy chọn lại tệp.",
  en: "The file is no longer on this device. Choose it again.",
};

/** What another file alone is the answer to. */
const UNFIT = [
  GONE.code, "not_audio", "empty", "silent", "too_short", "truncated", "too_long", "too_large", "playlist", "archive", "bomb",
  "no_audio_track", "unsupported", "unreadable",
];

/** The station's own sentence, or ours for an answer without one. */
const refusalIn = (error: DetailedError | null, status: number): No => {
  try {
    const { code, vi, en } = JSON.parse(error?.originalResponse?.getBody() ?? "") as Partial<No>;
    if (code && vi && en) return { code, vi, en };
  } catch {
    // an answer to HEAD has no body
  }
  const code = error?.originalResponse?.getHeader("Problem-Code") ?? `http_${status}`;
  return { code, vi: `Máy chủ của đài không nhận tệp này (mã ${status}).`, en: `The station does not take this file (code ${status}).` };
};

export class Shipment {
  row: depot.Parcel = $state.raw()!;
  state = $state<Stage>("waiting");
  /** Bytes that the station has. */
  sent = $state(0);
  left_s = $state<number | null>(null);
  permille = $state(0);
  refusal = $state.raw<No | null>(null);
  recording = $state("");
  was = $state<HeardAs>("good");
  followed = false;

  private going: Upload | null = null;
  private halt: () => void = () => {};
  private failures = 0;
  private anyNetwork = false;
  private track: { at: number; sent: number }[] = [];

  /** `memory`: its bytes, if the phone had no room to keep them. */
  constructor(row: depot.Parcel, readonly memory: Blob | null = null) {
    this.row = row;
    this.state = row.whole ? "checking" : row.paused ? "paused" : "waiting";
  }

  get percent(): number {
    return Math.min(100, Math.floor((100 * this.sent) / this.row.size));
  }

  get intake(): string {
    return this.row.url?.split("/").at(-1) ?? "";
  }

  /** Until the station has it all, or it cannot go on. */
  send(): Promise<End> {
    return depot.alone(this.row.id, async () => {
      if (!this.memory) {
        const row = await depot.parcel(this.row.id); // another window may have been at it
        if (!row) return "gone";
        this.row = row;
        if (row.whole) return this.isWhole();
      }
      const file = this.memory ?? (await depot.fileOf(this.row.id));
      if (!file) return this.stops(GONE);
      return this.persist(file);
    });
  }

  pause(): void {
    this.change({ paused: true });
    this.leave();
    setTimeout(() => void this.look(() => {}), SETTLED_MS);
  }

  /** Stop here; whoever begins again goes on. */
  leave(): void {
    this.state = "paused";
    this.halt();
  }

  resume(): void {
    if (this.state === "wifi") this.anyNetwork = true;
    if (this.row.whole) {
      this.change({ url: null, whole: false }); // what the station made of it came to nothing: from the start
      this.sent = this.permille = 0;
      this.followed = false;
    }
    this.change({ paused: false });
    this.refusal = null;
    this.failures = 0;
    this.state = "waiting";
  }

  refuse(no: No): void {
    this.refusal = no;
    this.state = "refused";
  }

  /** Forget it, here and at the station. */
  async cancel(): Promise<void> {
    this.leave();
    await depot.drop(this.row.id).catch(() => {});
    if (this.row.url && !this.row.whole)
      await fetch(this.row.url, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0" } }).catch(() => {}); // it expires
  }

  /** Asked anew: it may have been paused while something was waited for. */
  private isPaused(): boolean {
    return this.state === "paused";
  }

  private async persist(file: Blob): Promise<End> {
    while (!this.isPaused()) {
      if (this.row.size > BIG && onlyWifi() && network() === "cellular" && !this.anyNetwork) {
        this.state = "wifi";
        return "paused";
      }
      this.state = "sending";
      const error = await this.attempt(file);
      if (error === "whole") return this.isWhole();
      if (error === "halted") continue;
      const status = error?.originalResponse?.getStatus() ?? 0;
      const no = refusalIn(error, status);
      if (status === 401) {
        this.state = "waiting";
        return "login";
      }
      if (LOST.includes(status) && this.row.url) {
        this.change({ url: null }); // the station has forgotten it: from the start
        this.sent = 0;
      } else if (FULL.includes(status) || (status >= 400 && status < 500 && !PASSING.includes(no.code))) {
        return this.stops(no);
      }
      this.state = "broken";
      this.left_s = null;
      await this.rest(AGAIN_MS[Math.min(this.failures++, AGAIN_MS.length - 1)] ?? 0);
    }
    return "paused";
  }

  /** Until then, or until the phone has a network again, or it is paused. */
  private rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        removeEventListener("online", wake);
        this.halt = () => {};
        resolve();
      };
      const timer = setTimeout(wake, ms);
      addEventListener("online", wake);
      this.halt = wake;
    });
  }

  /** Send what is missing over one line: how that ended, null for a line that went deaf. */
  private attempt(file: Blob): Promise<DetailedError | "whole" | "halted" | null> {
    return new Promise((resolve) => {
      let over = false;
      let deaf: ReturnType<typeof setTimeout>;
      const looking = setInterval(() => void this.look(listen), LOOK_MS);
      const end = (how: DetailedError | "whole" | "halted" | null): void => {
        over = true;
        clearTimeout(deaf);
        clearInterval(looking);
        removeEventListener("offline", cut);
        this.halt = () => {};
        this.going = null;
        resolve(how);
      };
      const cut = (): void => {
        void this.going?.abort();
        end(null);
      };
      const listen = (): void => {
        clearTimeout(deaf);
        if (over) return; // an answer that came late
        deaf = setTimeout(cut, DEAF_MS);
      };
      addEventListener("offline", cut);
      this.halt = () => {
        void this.going?.abort();
        end("halted");
      };
      this.track = [];
      this.going = new Upload(file, {
        endpoint: this.row.url ? null : ENDPOINT,
        uploadUrl: this.row.url,
        metadata: { filename: this.row.name, title: this.row.title },
        retryDelays: null,
        storeFingerprintForResuming: false,
        onAfterResponse: async (request, response) => {
          listen();
          const held = response.getHeader("Upload-Offset");
          if (held) this.progress(Number(held));
          const place = response.getHeader("Location");
          if (request.getMethod() !== "POST" || response.getStatus() !== 201 || !place) return;
          this.row = { ...this.row, url: place };
          if (!this.memory) await depot.note(this.row); // before the first byte: it is found again
        },
        onProgress: listen,
        onSuccess: () => end("whole"),
        onError: (error) => end(error as DetailedError),
      });
      listen();
      this.going.start();
    });
  }

  private async look(listen: () => void): Promise<void> {
    if (!this.row.url) return;
    try {
      const found = await answer(api.GET("/api/v1/uploads/{upload_id}", { params: { path: { upload_id: this.intake } } }));
      if (found.offset <= this.sent) return;
      listen();
      this.progress(found.offset);
    } catch {
      // the upload itself tells what is wrong
    }
  }

  private progress(sent: number): void {
    const at = performance.now();
    if (sent > this.sent) this.failures = 0;
    this.sent = sent;
    this.track = [...this.track.filter((one) => at - one.at < WINDOW_MS), { at, sent }];
    const first = this.track[0];
    if (!first || at - first.at < 1500 || sent === first.sent) return;
    this.left_s = ((this.row.size - sent) * (at - first.at)) / (sent - first.sent) / 1000;
  }

  /** Whether it is refused for what it is: sent again it would be refused again. */
  get isUnfit(): boolean {
    return UNFIT.includes(this.refusal?.code ?? "");
  }

  private isWhole(): End {
    this.sent = this.row.size;
    this.state = "checking";
    this.change({ whole: true });
    return "whole";
  }

  private stops(no: No): End {
    this.refuse(no);
    return "refused";
  }

  private change(what: Partial<depot.Parcel>): void {
    this.row = { ...this.row, ...what };
    if (!this.memory) void depot.note(this.row).catch(() => {});
  }
}
