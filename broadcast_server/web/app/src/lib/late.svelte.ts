/** What was sent without an answer may still be on its way: that the station does not know it yet means little. */

import { refusal, type Refusal } from "./api";

/** So long after it was sent it may still come: a proxy, or the phone itself, may hold it back. */
const UNDER_WAY_MS = 60_000;
const PAUSE_MS = 3000;

/** Whether what was sent at `sent_ms` by this phone's clock may still come. */
export const isUnderWay = (sent_ms: number): boolean => Math.abs(Date.now() - sent_ms) < UNDER_WAY_MS;

/** Whether what was sent is refused because something has come under its key already. */
export const isTaken = ({ code }: Refusal): boolean => ["key_used", "announcement_over", "relay_called_off", "relay_over"].includes(code);

export class Late {
  /** Whether something is being asked for. */
  asking = $state(false);
  private turn = 0;

  /**
   * What `ask` finds of what was sent at `sent_ms` by this phone's clock, asked again for a minute from then while the
   * station does not know it or cannot be reached; null if it never came, undefined if it was asked for no longer.
   * Whatever else the station says is thrown.
   */
  async find<Found>(sent_ms: number, ask: () => Promise<Found>): Promise<Found | null | undefined> {
    const turn = (this.turn += 1);
    this.asking = true;
    try {
      for (;;) {
        const over = !isUnderWay(sent_ms); // what an older version kept has no time
        try {
          const found = await ask();
          return turn === this.turn ? found : undefined;
        } catch (error) {
          const { code } = refusal(error);
          if (turn !== this.turn) return undefined;
          if (over && code === "not_found") return null;
          if (over || !["not_found", "unreachable"].includes(code)) throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        if (turn !== this.turn) return undefined;
      }
    } finally {
      if (turn === this.turn) this.asking = false;
    }
  }

  /** It is not asked for any longer. */
  stop(): void {
    this.turn += 1;
    this.asking = false;
  }
}
