/** How the station stands, as it changes: one WebSocket, taken up again where it broke off, without a reload. */

import type { Json } from "./api";
import { clock } from "./clock.svelte";
import { forgetSeen } from "./seen";

export type ClusterPart = Json["ClusterPartJson"];
export type OnAir = NonNullable<ClusterPart["on_air"]>;
export type OrderPart = Json["OrderPartJson"];
export type NextPart = Json["NextPartJson"];
type Parts = Record<string, unknown>;

/** `waiting`: the line is there, and nothing has come by it for longer than the station is ever silent. */
export type Line = "joining" | "fast" | "slow" | "waiting" | "offline";

const PING_S = 15;
const SLOW_MS = 300;
const DEAF_S = 3 * PING_S;
const AGAIN_MS = [500, 1000, 2000, 4000, 8000];
const HEARD_MS = 20_000; // it beats every 15 s at the latest
const KEPT = "parts";
const GONE_FOR_GOOD = [4401, 4403];

const kept = (): { parts: Parts; at_us: number } | null => {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null") as { parts: Parts; at_us: number } | null;
  } catch {
    return null;
  }
};

class Feed {
  parts = $state.raw<Parts>(kept()?.parts ?? {});
  /** When what is shown was last known to be true, station time. */
  asOf = $state<number | null>(kept()?.at_us ?? null);
  line = $state<Line>("joining");

  private socket: WebSocket | null = null;
  private run = "";
  private seq = 0;
  private failures = 0;
  private heard = 0;
  private pinged = new Map<string, number>();
  private dialling: ReturnType<typeof setTimeout> | undefined;
  private beating: ReturnType<typeof setInterval> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private onLost: () => void = () => {};

  /** Until `leave`; `onLost` is called when the station does not want us any more. */
  join(onLost: () => void): void {
    this.onLost = onLost;
    addEventListener("online", this.hurry);
    addEventListener("offline", this.cut);
    document.addEventListener("visibilitychange", this.hurry);
    this.dial();
  }

  leave(): void {
    removeEventListener("online", this.hurry);
    removeEventListener("offline", this.cut);
    document.removeEventListener("visibilitychange", this.hurry);
    this.hangUp();
  }

  /** Nobody is logged in any more: nothing of the station stays on the phone. */
  forget(): void {
    this.run = "";
    this.parts = {};
    this.asOf = null;
    localStorage.removeItem(KEPT);
    forgetSeen();
  }

  get clusters(): (ClusterPart & { id: string })[] {
    return this.named<ClusterPart>("cluster:").sort((a, b) => a.position - b.position);
  }

  get orders(): OrderPart[] {
    return this.named<OrderPart>("order:").sort((a, b) => b.made_us - a.made_us);
  }

  get next(): NextPart | null {
    return (this.parts["next"] as NextPart | undefined) ?? null;
  }

  /** Whether the station says how it stands now; else it is what was kept. */
  get live(): boolean {
    return (this.line === "fast" || this.line === "slow") && performance.now() - this.heard < HEARD_MS;
  }

  private named<Part>(prefix: string): (Part & { id: string })[] {
    return Object.entries(this.parts)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, part]) => ({ id: name.slice(prefix.length), ...(part as Part) }));
  }

  private dial(): void {
    this.hangUp();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const since = this.run ? `?run=${this.run}&since=${this.seq}` : "";
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/feed${since}`);
    this.socket = socket;
    socket.onopen = () => this.ping();
    socket.onmessage = (message) => this.hear(JSON.parse(message.data as string) as Record<string, unknown>);
    socket.onclose = (event) => this.socket === socket && this.lost(event.code);
    this.beating = setInterval(() => this.beat(), PING_S * 1000);
  }

  private hangUp(): void {
    clearTimeout(this.dialling);
    clearInterval(this.beating);
    clearTimeout(this.silence);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private lost(code: number): void {
    this.hangUp();
    this.line = "offline";
    if (GONE_FOR_GOOD.includes(code)) return this.onLost();
    const wait = AGAIN_MS[Math.min(this.failures++, AGAIN_MS.length - 1)];
    this.dialling = setTimeout(() => this.dial(), wait);
  }

  private beat(): void {
    if (performance.now() - this.heard > DEAF_S * 1000) return this.lost(1006);
    this.ping();
  }

  private ping(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    const word = Math.random().toString(36).slice(2, 8);
    this.pinged.set(word, performance.now());
    this.socket.send(word);
  }

  private hurry = (): void => {
    if (document.visibilityState !== "visible") return;
    const deaf = performance.now() - this.heard > DEAF_S * 1000;
    if (deaf) this.line = "offline";
    if (this.line === "offline") this.dial();
    else this.ping(); // what came meanwhile was perhaps not asked for
  };

  private cut = (): void => this.lost(1006);

  private hear(said: Record<string, unknown>): void {
    if (said["kind"] === "refusal") return; // it hangs up at once; what is on the screen is no newer for it
    this.heard = performance.now();
    this.failures = 0;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => (this.line = "waiting"), HEARD_MS);
    if (this.line !== "slow") this.line = "fast";
    switch (said["kind"]) {
      case "snapshot":
        this.run = said["run"] as string;
        this.take(said["seq"] as number, said["parts"] as Parts);
        break;
      case "change": {
        const parts = { ...this.parts, ...(said["parts"] as Parts) };
        this.take(said["seq"] as number, Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== null)));
        break;
      }
      case "beat":
        this.answered(said);
        break;
    }
    this.asOf = clock.us();
  }

  private take(seq: number, parts: Parts): void {
    this.seq = seq;
    this.parts = parts;
    localStorage.setItem(KEPT, JSON.stringify({ parts, at_us: clock.us() }));
  }

  private answered(beat: Record<string, unknown>): void {
    const word = beat["echo"] as string | undefined;
    const sent = word === undefined ? undefined : this.pinged.get(word);
    if (sent === undefined) return;
    this.pinged.clear();
    const took = performance.now() - sent;
    this.line = took < SLOW_MS ? "fast" : "slow";
    clock.set(beat["now_us"] as number, (Date.now() - took / 2) * 1000);
  }
}

export const feed = new Feed();
