/** What of a recording is kept, decided apart from the screen. */

import type { Stretch } from "./Wave.svelte";

export const SHORTEST_MS = 500;
export const STEP_MS = 500;
/** Cuts are made to ten milliseconds. */
const GRAIN_MS = 10;

/** The stretch with one end moved, as far as it may be. */
export const moved = (stretch: Stretch, which: keyof Stretch, to: number, ms: number): Stretch => {
  const [least, most] = which === "from" ? [0, stretch.to - SHORTEST_MS] : [stretch.from + SHORTEST_MS, ms];
  const fine = to >= ms ? ms : Math.round(to / GRAIN_MS) * GRAIN_MS;
  return { ...stretch, [which]: Math.min(Math.max(fine, least), most) };
};

/** `8:20,5`: to the tenth, so that a step of half a second is seen. */
export const exactly = (ms: number): string => {
  const tenths = Math.round(ms / 100);
  const [minutes, rest] = [Math.floor(tenths / 600), tenths % 600];
  return `${minutes}:${String(Math.floor(rest / 10)).padStart(2, "0")},${rest % 10}`;
};
