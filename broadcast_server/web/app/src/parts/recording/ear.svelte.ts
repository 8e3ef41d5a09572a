/** The microphone of a session: opened once, then one short take after the other. */

import { canTape, LOWEST_DB, Meter, SOFT_DB, taping, troubleOf, type Trouble } from "../../lib/voice/taping";

export type Phase = "closed" | "asking" | "open" | "recording" | Trouble;

/** As it is: a gain that the phone changes by itself would make every phrase as loud as another. */
const HEARING = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
/** Once somebody has spoken, it is over when the meter has fallen so low: about a second of quiet. */
const OVER_DB = -40;
/** The station looks at no more of a take. */
const LONGEST_MS = 40_000;
/** Whoever reads a whole sentence stops at its commas: it is over only when it was quiet for so much longer. */
const QUIET_MS = 2_500;

export class Ear {
  phase = $state<Phase>("closed");
  /** dB below full scale. */
  level = $state(LOWEST_DB);

  private stream: MediaStream | null = null;
  private meter: Meter | null = null;
  private recorder: MediaRecorder | null = null;
  private limit: ReturnType<typeof setTimeout> | undefined;
  private spoken = false;
  private patience_ms = 0;
  private quietSince: number | null = null;
  private gone = false;

  constructor(private readonly ontake: (sound: Blob) => void) {}

  /** Record a take; it ends by itself when nobody speaks any more. `long`: a whole sentence. */
  async start(long = false): Promise<void> {
    if (!this.stream && !(await this.open())) return;
    if (this.gone || this.phase !== "open") return;
    const pieces: Blob[] = [];
    const recorder = (this.recorder = taping(this.stream!));
    recorder.ondataavailable = ({ data }) => void (data.size && pieces.push(data));
    recorder.onstop = () => {
      clearTimeout(this.limit);
      if (this.phase === "recording") this.phase = "open";
      if (!this.gone) this.ontake(new Blob(pieces, { type: recorder.mimeType }));
    };
    this.spoken = false;
    this.quietSince = null;
    this.patience_ms = long ? QUIET_MS : 0;
    recorder.start();
    this.limit = setTimeout(() => this.stop(), LONGEST_MS);
    this.phase = "recording";
  }

  stop(): void {
    if (this.recorder?.state === "recording") this.recorder.stop();
  }

  close(): void {
    this.gone = true;
    this.stop();
    this.letGo();
    this.phase = "closed";
  }

  private async open(): Promise<boolean> {
    if (!canTape()) {
      this.phase = "insecure";
      return false;
    }
    this.phase = "asking";
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: HEARING });
    } catch (error) {
      this.phase = troubleOf(error);
      return false;
    }
    if (this.gone) {
      this.letGo(); // allowed when nobody was here any more: nothing hears unseen
      return false;
    }
    for (const track of this.stream.getAudioTracks()) track.onended = () => this.lost();
    this.meter = new Meter(this.stream, (db) => this.hear(db));
    this.phase = "open";
    return true;
  }

  private hear(db: number): void {
    this.level = db;
    if (this.phase !== "recording") return;
    if (db > SOFT_DB) this.spoken = true;
    if (db >= OVER_DB) this.quietSince = null;
    else if (this.spoken && performance.now() - (this.quietSince ??= performance.now()) >= this.patience_ms) this.stop();
  }

  private lost(): void {
    this.stop();
    this.letGo();
    this.phase = "no_microphone";
  }

  private letGo(): void {
    this.meter?.close();
    this.stream?.getTracks().forEach((track) => track.stop());
    this.meter = this.stream = null;
  }
}
