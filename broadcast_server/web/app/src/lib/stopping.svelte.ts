/** A press of a Stop and what it came to, in words. */

import { word } from "../words/shell";
import { refusal } from "./api";
import { said } from "./language.svelte";

export class Stopping {
  told = $state(word("stopping"));
  pending = $state(true);
  bad = $state(false);

  /** `stopped`: how many clusters were told. */
  constructor(stopped: Promise<number>) {
    stopped.then(
      (count) => (this.told = word(count ? "stopped" : "stopped.none", { count })),
      (error: unknown) => {
        this.bad = true;
        this.told = said(refusal(error));
      },
    ).finally(() => (this.pending = false));
  }
}
