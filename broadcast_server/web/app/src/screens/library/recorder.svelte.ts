/** Recording with the phone's microphone: every half second of it is kept before the next is heard. */

import { canTape, Meter, taping, troubleOf, type Trouble } from "../../lib/voice/taping";
import * as depot from "./depot";
import { unfinished } from "./unfinished.svelte";

export type Phase = "idle" | "asking" | "recording" | "paused" | "stopping" | Trouble;

const PIECE_MS = 500;
export const LONGEST_MS = 2 * 3_600_000;
const HEARING = { channelCount: 1, echoCancellation: false, noiseSuppression: true, autoGainControl: true };

export class Recorder {
  phase = $state<Phase>("idle");
  heard_ms = $state(0);
  /** dB below full scale. */
  level = $state(-60);
  /** The phone has taken the microphone away for a while: a call, another app. */
  deaf = $state(false);
  /** The phone cannot keep it: what is heard lives in this window alone. */
  unkept = $state(false);

  private recorder: MediaRecorder | null = null;
  private stream: MediaStream | null = null;
  private meter: Meter | null = null;
  private wake: WakeLockSentinel | null = null;
  private take: depot.Take | null = null;
  private pieces: Blob[] = [];
  private keeping: Promise<void> = Promise.resolve();
  private since = 0;
  private before = 0;
  private letGo: () => void = () => {};
  private gone = false;

  constructor(private readonly onstopped: (take: depot.Take, sound: Blob) => void) {}

  async start(who: string): Promise<void> {
    if (!canTape()) return void (this.phase = "insecure");
    this.phase = "asking";
    let stream: MediaStream;
    let recorder: MediaRecorder;
    try {
      this.stream = stream = await navigator.mediaDevices.getUserMedia({ audio: HEARING });
      if (this.gone) return this.close(); // allowed when nobody was here any more: nothing hears unseen
      recorder = taping(stream);
    } catch (error) {
      this.close();
      this.phase = troubleOf(error);
      return;
    }
    const id = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    this.take = { id, who, type: recorder.mimeType, made_ms: Date.now(), heard_ms: 0 };
    void depot.alone(id, () => new Promise<void>((resolve) => (this.letGo = resolve)));
    recorder.ondataavailable = ({ data }) => this.keep(data);
    recorder.onstop = () => void this.finish();
    for (const track of stream.getAudioTracks()) {
      track.onended = () => this.stop();
      track.onmute = () => (this.deaf = true);
      track.onunmute = () => (this.deaf = false);
    }
    void navigator.storage?.persist?.();
    recorder.start(PIECE_MS);
    this.recorder = recorder;
    this.since = performance.now();
    this.phase = "recording";
    this.meter = new Meter(stream, (db) => this.tick(db));
    void this.stayAwake();
  }

  pause(): void {
    this.recorder?.pause();
    this.before = this.heard();
    this.phase = "paused";
  }

  resume(): void {
    this.recorder?.resume();
    this.since = performance.now();
    this.phase = "recording";
  }

  stop(): void {
    if (this.phase !== "recording" && this.phase !== "paused") return;
    this.before = this.heard();
    this.phase = "stopping";
    this.recorder?.stop();
  }

  /** Whoever recorded has left the screen: what was heard is kept, and nothing more is. */
  leave(): void {
    this.gone = true;
    this.stop();
  }

  private close(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
  }

  private heard(): number {
    return this.before + (this.phase === "recording" ? performance.now() - this.since : 0);
  }

  private keep(data: Blob): void {
    if (!data.size || !this.take) return;
    const number = this.pieces.push(data) - 1;
    const take = { ...this.take, heard_ms: this.heard() };
    this.take = take;
    const kept = async (): Promise<void> => depot.keep(take, number, await data.arrayBuffer());
    this.keeping = this.keeping.then(kept).catch(() => void (this.unkept = true));
  }

  private async finish(): Promise<void> {
    this.meter?.close();
    this.close();
    void this.wake?.release();
    await this.keeping;
    this.letGo();
    if (this.take) await unfinished.look(this.take.who).catch(() => {});
    const { take, pieces } = this;
    this.phase = "idle";
    this.take = null;
    this.pieces = [];
    this.heard_ms = this.before = 0;
    if (take) this.onstopped(take, new Blob(pieces, { type: take.type }));
  }

  private tick(db: number): void {
    this.level = db;
    this.heard_ms = this.heard();
    if (this.heard_ms >= LONGEST_MS) this.stop();
  }

  private async stayAwake(): Promise<void> {
    try {
      this.wake = await navigator.wakeLock?.request("screen");
    } catch {
      // a battery saver refuses: the screen tells to keep it on
    }
  }
}
