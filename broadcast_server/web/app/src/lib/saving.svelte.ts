import { refusal, type Refusal } from "./api";
import { said } from "./language.svelte";

/** One thing at a time, and the sentence that it ended with. */
export class Saving {
  busy = $state(false);
  bad = $state(false);
  told = $state("");
  /** The station's no, if it ended with one. */
  no = $state.raw<Refusal | null>(null);

  /** Whether it was done; `act` says with what words, if any. What is pressed meanwhile is not done. */
  async run(act: () => Promise<string | void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.say("");
    try {
      this.say((await act()) ?? "");
    } catch (error) {
      const no = refusal(error);
      this.refuse(said(no));
      this.no = no;
    } finally {
      this.busy = false;
    }
    return !this.bad;
  }

  say(text: string): void {
    [this.told, this.bad, this.no] = [text, false, null];
  }

  refuse(text: string): void {
    [this.told, this.bad, this.no] = [text, true, null];
  }
}
