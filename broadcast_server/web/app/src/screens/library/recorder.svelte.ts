/** Recording with the phone's microphone: every half second of it is kept before the next is heard. */

import * as depot from "./depot";
import { unfinished } from "./unfinished.svelte";

export type Phase = "idle" | "asking" | "recording" | "paused" | "stopping" | "denied" | "no_microphone" | "insecure";

const PIECE_MS = 500;
export const LONGEST_MS = 2 * 3_600_000;
const BITS_PER_S = 64_000;
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const HEARING = { channelCount: 1, echoCancellation: false, noiseSuppression: true, autoGainControl: true };
const TICK_MS = 100;
/** Peaks in dB below full scale between which a voice is neither too soft nor too loud. */
export const SOFT_DB = -30;
export const LOUD_DB = -1.5;
/** The meter holds a peak while it falls by so much a second. */
const FALL_DB_S = 24;

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
  private context: AudioContext | null = null;
  private ticking: ReturnType<typeof setInterval> | undefined;
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
    if (!navigator.mediaDevices?.getUserMedia || !("MediaRecorder" in window)) return void (this.phase = "insecure");
    this.phase = "asking";
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one)) ?? "";
    let stream: MediaStream;
    let recorder: MediaRecorder;
    try {
      this.stream = stream = await navigator.mediaDevices.getUserMedia({ audio: HEARING });
      if (this.gone) return this.close(); // allowed when nobody was here any more: nothing hears unseen
      recorder = new MediaRecorder(stream, { audioBitsPerSecond: BITS_PER_S, ...(type ? { mimeType: type } : {}) });
    } catch (error) {
      this.close();
      this.phase = (error as DOMException).name === "NotAllowedError" ? "denied" : "no_microphone";
      return;
    }
    const id = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    this.take = { id, who, type: recorder.mimeType || type, made_ms: Date.now(), heard_ms: 0 };
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
    this.listen(stream);
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
    clearInterval(this.ticking);
    this.close();
    void this.context?.close();
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

  private listen(stream: MediaStream): void {
    this.context = new AudioContext();
    const analyser = new AnalyserNode(this.context, { fftSize: 4096 });
    this.context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.ticking = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const peak = samples.reduce((most, one) => Math.max(most, Math.abs(one)), 1e-3);
      this.level = Math.max(20 * Math.log10(peak), this.level - (FALL_DB_S * TICK_MS) / 1000);
      this.heard_ms = this.heard();
      if (this.heard_ms >= LONGEST_MS) this.stop();
    }, TICK_MS);
  }

  private async stayAwake(): Promise<void> {
    try {
      this.wake = await navigator.wakeLock?.request("screen");
    } catch {
      // a battery saver refuses: the screen tells to keep it on
    }
  }
}
