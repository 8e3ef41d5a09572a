import { refusal } from "../../lib/api";
import { said } from "../../lib/language.svelte";

/** One thing at a time, and the sentence that it ended with. */
export class Trying {
  busy = $state(false);
  bad = $state(false);
  told = $state("");

  /** Whether it was done; `act` says with what words. */
  async run(act: () => Promise<string>): Promise<boolean> {
    this.busy = true;
    this.told = "";
    try {
      this.told = await act();
      this.bad = false;
    } catch (error) {
      this.told = said(refusal(error));
      this.bad = true;
    } finally {
      this.busy = false;
    }
    return !this.bad;
  }
}
