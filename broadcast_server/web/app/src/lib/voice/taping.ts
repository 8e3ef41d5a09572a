/** What a recording needs: the browser's recorder, a word on why there is none, and how loud it is. */

const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const BITS_PER_S = 64_000;
const TICK_MS = 100;
/** The meter holds a peak while it falls by so much a second. */
const FALL_DB_S = 24;
/** Peaks in dB below full scale between which a voice is neither too soft nor too loud. */
export const SOFT_DB = -30;
export const LOUD_DB = -1.5;
export const LOWEST_DB = -60;

export const TROUBLES = ["denied", "no_microphone", "insecure"] as const;
export type Trouble = (typeof TROUBLES)[number];

export const canTape = (): boolean => Boolean(navigator.mediaDevices?.getUserMedia) && "MediaRecorder" in window;

/** Why the microphone did not open. */
export const troubleOf = (thrown: unknown): Trouble =>
  (thrown as DOMException).name === "NotAllowedError" ? "denied" : "no_microphone";

export const taping = (stream: MediaStream): MediaRecorder => {
  const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one)) ?? "";
  return new MediaRecorder(stream, { audioBitsPerSecond: BITS_PER_S, ...(type ? { mimeType: type } : {}) });
};

/** Tells how loud a stream is, in dB below full scale, ten times a second until it is closed. */
export class Meter {
  private readonly context = new AudioContext();
  private readonly ticking: ReturnType<typeof setInterval>;
  private level = LOWEST_DB;

  constructor(stream: MediaStream, onlevel: (db: number) => void) {
    const analyser = new AnalyserNode(this.context, { fftSize: 4096 });
    this.context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.ticking = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const peak = samples.reduce((most, one) => Math.max(most, Math.abs(one)), 10 ** (LOWEST_DB / 20));
      this.level = Math.max(20 * Math.log10(peak), this.level - (FALL_DB_S * TICK_MS) / 1000);
      onlevel(this.level);
    }, TICK_MS);
  }

  close(): void {
    clearInterval(this.ticking);
    void this.context.close();
  }
}
