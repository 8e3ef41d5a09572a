// The microphone in the audio thread: 10 ms of s16le, mono, 48 kHz, at a time, whatever rate the device has.
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

const RATE = 48_000;
const FRAME = 480;

class Microphone extends AudioWorkletProcessor {
  private frame = new Int16Array(FRAME);
  private filled = 0;
  /** Where the next sample lies, counted from the first of what comes; -1 is the last that came before. */
  private at = 0;
  private last = 0;

  process(inputs: Float32Array[][]): boolean {
    const sound = inputs[0]?.[0];
    if (!sound) return true;
    for (; this.at < sound.length - 1; this.at += sampleRate / RATE) {
      const before = Math.floor(this.at);
      const left = before < 0 ? this.last : sound[before]!;
      this.add(left + (this.at - before) * (sound[before + 1]! - left));
    }
    this.at -= sound.length;
    this.last = sound[sound.length - 1]!;
    return true;
  }

  private add(sample: number): void {
    this.frame[this.filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
    if (this.filled < FRAME) return;
    this.port.postMessage(this.frame, [this.frame.buffer]);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
  }
}

registerProcessor("microphone", Microphone);
