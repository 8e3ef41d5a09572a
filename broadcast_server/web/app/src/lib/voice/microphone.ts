/** A voice on its way from the microphone to the station: as Opus where the browser can make it, else as it is. */

import worklet from "./worklet?worker&url";

const RATE = 48_000;
const FRAME = 480;
const FRAME_US = 10_000;
/** On TCP a lost packet holds up what comes behind it, but not what other lines bring. */
const LINES = { opus: 4, pcm: 1 };
const OPUS: AudioEncoderConfig = {
  codec: "opus",
  sampleRate: RATE,
  numberOfChannels: 1,
  bitrate: 32_000,
  opus: { frameDuration: FRAME_US },
};
/** More than this waits in vain: what is said now is heard first. */
const SECOND_BYTES = { opus: 8000, pcm: 96_000 };
const LEVEL_FRAMES = 10;
export const STILLEST_DB = -90;
/** A browser that has not begun to listen after so long waits for a touch. */
const WAKE_MS = 1500;

/** Why there is no microphone. */
export type Deaf = "insecure" | "denied" | "missing" | "busy" | "asleep";

const REASONS: Record<string, Deaf> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  TimeoutError: "asleep",
};

export const deafness = (thrown: unknown): Deaf =>
  !isSecureContext ? "insecure" : (REASONS[thrown instanceof DOMException ? thrown.name : ""] ?? "busy");

const canOpus = async (): Promise<boolean> => {
  try {
    return "AudioEncoder" in window && Boolean((await AudioEncoder.isConfigSupported(OPUS)).supported);
  } catch {
    return false;
  }
};

const hear = (stream: MediaStream): [AudioContext, MediaStreamAudioSourceNode] => {
  const plugged = (context: AudioContext): [AudioContext, MediaStreamAudioSourceNode] => [context, context.createMediaStreamSource(stream)];
  try {
    return plugged(new AudioContext({ sampleRate: RATE, latencyHint: "interactive" }));
  } catch {
    return plugged(new AudioContext({ latencyHint: "interactive" })); // some browsers change no rate themselves
  }
};

const awake = (context: AudioContext): Promise<void> => {
  const late = new Promise<never>((_, no) => setTimeout(() => no(new DOMException("", "TimeoutError")), WAKE_MS));
  return Promise.race([context.resume(), late]);
};

export class Microphone {
  /** Set once the browser's Opus has failed: from then on the sound goes as it is. */
  private static plain = false;

  /** Silence goes out for the voice. */
  muted = false;
  /** Lines that bring the same. */
  readonly beside = new Set<WebSocket>();
  onlevel: (db: number) => void = () => {};
  private line: WebSocket | null = null;
  private encoder: AudioEncoder | null = null;
  private frames = 0;
  private pieces = 0;
  private loudest = 0;
  private measured = 0;

  /** Ask for it; whatever is thrown has a `deafness`. */
  static async open(): Promise<Microphone> {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: false, noiseSuppression: true, autoGainControl: true },
    });
    let context: AudioContext | undefined;
    try {
      const [opened, source] = hear(stream);
      context = opened;
      await context.audioWorklet.addModule(worklet);
      await awake(context);
      const node = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 0 });
      source.connect(node);
      return new Microphone(stream, context, node, !Microphone.plain && (await canOpus()) ? "opus" : "pcm");
    } catch (error) {
      stream.getTracks().forEach((track) => track.stop());
      void context?.close();
      throw error;
    }
  }

  private constructor(
    private readonly stream: MediaStream,
    private readonly context: AudioContext,
    private readonly node: AudioWorkletNode,
    public codec: "opus" | "pcm",
  ) {
    node.port.onmessage = (frame: MessageEvent<Int16Array<ArrayBuffer>>) => this.take(frame.data);
  }

  /** The device's own: it is silent while a call has it, and ends when it is pulled out. */
  get track(): MediaStreamTrack {
    return this.stream.getAudioTracks()[0]!;
  }

  /** Speak into this line; the encoder begins anew with each. */
  into(line: WebSocket): void {
    this.drop();
    this.line = line;
    if (this.codec === "opus") {
      this.encoder = new AudioEncoder({ output: (packet) => this.packet(packet), error: () => this.unfit() });
      this.encoder.configure(OPUS);
    }
  }

  /** How many lines more would help. */
  get wants(): number {
    return this.line ? LINES[this.codec] - 1 - this.beside.size : 0;
  }

  drop(): void {
    if (this.encoder && this.encoder.state !== "closed") this.encoder.close();
    this.encoder = this.line = null;
    for (const line of this.beside) line.close(4000);
    this.beside.clear();
  }

  close(): void {
    this.drop();
    this.node.port.onmessage = null;
    this.stream.getTracks().forEach((track) => track.stop());
    void this.context.close();
  }

  private take(pcm: Int16Array<ArrayBuffer>): void {
    if (this.muted) pcm.fill(0);
    this.measure(pcm);
    if (!this.line) return;
    if (this.codec === "pcm") return this.send(new Uint8Array(pcm.buffer));
    if (this.encoder?.state !== "configured") return this.unfit();
    const timestamp = this.frames++ * FRAME_US;
    const form = { format: "s16", sampleRate: RATE, numberOfChannels: 1, numberOfFrames: FRAME } as const;
    const sound = new AudioData({ ...form, timestamp, data: pcm });
    this.encoder.encode(sound);
    sound.close();
  }

  private measure(pcm: Int16Array): void {
    let energy = 0;
    for (const one of pcm) energy += one * one;
    this.loudest = Math.max(this.loudest, Math.sqrt(energy / FRAME) / 32_767);
    if (++this.measured < LEVEL_FRAMES) return;
    this.onlevel(Math.max(STILLEST_DB, 20 * Math.log10(this.loudest)));
    this.loudest = this.measured = 0;
  }

  private packet(packet: EncodedAudioChunk): void {
    const bytes = new Uint8Array(packet.byteLength);
    packet.copyTo(bytes);
    this.send(bytes);
  }

  /** Every piece bears its number; whichever line brings it first is heard. */
  private send(sound: Uint8Array): void {
    const piece = new Uint8Array(4 + sound.byteLength);
    new DataView(piece.buffer).setUint32(0, this.pieces++);
    piece.set(sound, 4);
    for (const line of [this.line, ...this.beside])
      if (line?.readyState === WebSocket.OPEN && line.bufferedAmount < SECOND_BYTES[this.codec]) line.send(piece);
  }

  private unfit(): void {
    if (this.codec === "pcm") return;
    Microphone.plain = true;
    this.codec = "pcm";
    this.line?.close(4000); // the next line of this live carries the sound as it is
  }
}
