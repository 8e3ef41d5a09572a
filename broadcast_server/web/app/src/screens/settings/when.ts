import { clock, day, dayShown, time } from "../../lib/clock.svelte";
import { word } from "./words";

/** `hôm nay lúc 07:12`, or with its date. */
export const when = (us: number): string =>
  day(us) === day(clock.now) ? word("today_at", { time: time(us) }) : word("day_at", { day: dayShown(day(us)), time: time(us) });
