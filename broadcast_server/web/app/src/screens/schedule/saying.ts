/** How days, lengths and repetitions are said in a row or a sentence. */

import { tongue } from "../../lib/language.svelte";
import { short, weekday } from "./days";
import { recurrenceOf, type Priority, type When } from "./plan";
import { word } from "./words";

const WEEKDAYS = {
  vi: ["T2", "T3", "T4", "T5", "T6", "T7", "CN"],
  en: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
} as const;
const WHOLE = {
  vi: ["thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"],
  en: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
} as const;

/** `T4`. */
export const weekdayWord = (number: number): string => WEEKDAYS[tongue.now][number] ?? "";
/** `thứ Tư 25/11`. */
export const dayLong = (iso: string): string => `${WHOLE[tongue.now][weekday(iso)]} ${short(iso)}`;
/** `T4 25/11`. */
export const dayWord = (iso: string): string => `${weekdayWord(weekday(iso))} ${short(iso)}`;

export const lengthWord = (us: number): string => {
  const seconds = Math.round(us / 1_000_000);
  if (seconds < 60) return word("seconds", { count: seconds });
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? word("minutes", { count: minutes }) : word("hours", { hours: Math.floor(minutes / 60), count: minutes % 60 });
};

const monthDay = (day: number): string => (day === -1 ? word("last_of_month") : String(day));

/** Days that follow one another, together. */
const runs = (days: readonly number[]): number[][] => {
  const found: number[][] = [];
  for (const day of days) {
    const last = found.at(-1);
    if (last && last.at(-1) === day - 1) last.push(day);
    else found.push([day]);
  }
  return found;
};
const runWord = (run: readonly number[]): string =>
  run.length > 2 ? `${weekdayWord(run[0] ?? 0)}–${weekdayWord(run.at(-1) ?? 0)}` : run.map(weekdayWord).join(", ");

/** How it repeats, in few words; `long` for a sentence. */
export const repeatsWord = (found: { kind: string; days?: readonly number[] }, long = false): string => {
  const days = found.days ?? [];
  switch (found.kind) {
    case "once":
    case "daily":
      return word(found.kind);
    case "weekly":
      if (days.join() === "0,1,2,3,4") return word(long ? "workdays.long" : "workdays");
      return runs(days).map(runWord).join(", ");
    case "monthly":
      return word("monthly", { days: days.map(monthDay).join(", ") });
    default:
      return word("own");
  }
};

/** The whole of when, for a row and a sentence. */
export const whenWord = (when: When): string => {
  if (when.kind === "once") return dayLong(when.day);
  const until = when.last ? ` ${word("until", { day: short(when.last) })}` : "";
  return repeatsWord(recurrenceOf(when), true) + until;
};

/** How it repeats, to stand alone: `Hằng ngày`. */
export const habitWord = (when: When): string => {
  const repeats = repeatsWord(recurrenceOf(when));
  return repeats.charAt(0).toUpperCase() + repeats.slice(1);
};

const STRENGTHS: Priority[] = ["filler", "relay", "own", "announcement", "priority_commune", "priority_above"];
export const strengthWord = (priority: Priority): string =>
  STRENGTHS.includes(priority) ? word(`priority.${priority}` as "priority.own") : priority;

/** How much softer than others. */
export const gainWord = (cb: number): string =>
  word(cb >= 0 ? "gain.full" : cb >= -300 ? "gain.little" : cb >= -600 ? "gain.softer" : cb >= -900 ? "gain.much" : "gain.least");
