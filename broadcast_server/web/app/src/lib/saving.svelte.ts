import { refusal } from "./api";
import { said } from "./language.svelte";

/** One thing at a time, and the sentence that it ended with. */
export class Saving {
  busy = $state(false);
  bad = $state(false);
  told = $state("");

  /** Whether it was done; `act` says with what words, if any. What is pressed meanwhile is not done. */
  async run(act: () => Promise<string | void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.say("");
    try {
      this.say((await act()) ?? "");
    } catch (error) {
      this.refuse(said(refusal(error)));
    } finally {
      this.busy = false;
    }
    return !this.bad;
  }

  say(text: string): void {
    [this.told, this.bad] = [text, false];
  }

  refuse(text: string): void {
    [this.told, this.bad] = [text, true];
  }
}
