/** One voice at a time: whatever is listened to among recordings. */

interface Stretch {
  from: number;
  to: number;
  rise: number;
  fall: number;
}

class Player {
  /** What sounds now. */
  playing = $state("");
  /** Where it is, in seconds. */
  at = $state(0);
  /** It could not be played. */
  failed = $state("");

  private audio = new Audio();
  private source = "";
  private stretch: Stretch | null = null;
  private frame = 0;

  constructor() {
    this.audio.addEventListener("ended", () => this.stop());
    this.audio.addEventListener("error", () => {
      if (!this.source) return;
      this.failed = this.playing;
      this.stop();
    });
  }

  /** Play it, or stop it if it plays; a stretch of it as it would sound once cut. */
  toggle(key: string, source: string, stretch: Stretch | null = null): void {
    const was = this.playing;
    this.stop();
    if (was === key) return;
    this.failed = "";
    if (this.source !== source) this.audio.src = this.source = source;
    this.stretch = stretch;
    this.audio.volume = 1;
    if (stretch) this.audio.currentTime = stretch.from;
    else if (this.audio.ended || was !== key) this.audio.currentTime = 0;
    this.playing = key;
    this.audio.play().catch((error: DOMException) => {
      if (error.name === "AbortError") return; // something else was played meanwhile
      this.failed = key;
      this.stop();
    });
    this.follow();
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    this.audio.pause();
    this.playing = "";
  }

  private follow = (): void => {
    this.at = this.audio.currentTime;
    const part = this.stretch;
    if (part && this.at >= part.to) return this.stop();
    if (part) {
      const rising = part.rise ? (this.at - part.from) / part.rise : 1;
      const falling = part.fall ? (part.to - this.at) / part.fall : 1;
      this.audio.volume = Math.min(1, Math.max(0, rising, 0), Math.max(0, falling));
    }
    this.frame = requestAnimationFrame(this.follow);
  };
}

export const player = new Player();

export const soundAt = (recording: string): string => `/api/v1/library/${encodeURIComponent(recording)}/audio`;
