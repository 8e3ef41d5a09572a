/** Stretches and moments of the log in words. */

import { day, dayShown, timeWithSeconds } from "../../lib/clock.svelte";
import { tongue } from "../../lib/language.svelte";
import { word } from "./words";

const ON_TIME_US = 100_000;
const NEARLY_US = 1_000_000;

/** `2 phút 5 giây`. */
export const spoken = (us: number): string => {
  const whole = Math.max(1, Math.round(us / 1_000_000));
  const [minutes, seconds] = [Math.floor(whole / 60), whole % 60];
  const parts = [minutes ? word("minutes", { count: minutes }) : "", seconds ? word("seconds", { count: seconds }) : ""];
  return parts.filter(Boolean).join(" ");
};

/** How well it kept its time, by how late its first sound was; below zero early. */
export const punctual = (error_us: number): string => {
  const off = Math.abs(error_us);
  if (off < ON_TIME_US) return word("on_time");
  if (off < NEARLY_US) {
    const tenths = (off / 1_000_000).toFixed(1);
    return word("nearly_on_time", { count: tongue.now === "vi" ? tenths.replace(".", ",") : tenths });
  }
  return word(error_us > 0 ? "late" : "early", { length: spoken(off) });
};

/** A time of the day that is shown; with its date if it was on another. */
export const moment = (us: number, shown: string): string =>
  day(us) === shown ? timeWithSeconds(us) : `${timeWithSeconds(us)} ${dayShown(day(us)).slice(0, 5)}`;

/** `Thứ Sáu` of `2026-11-27`. */
export const weekday = (iso: string): string => {
  const name = new Intl.DateTimeFormat(tongue.now === "vi" ? "vi-VN" : "en-GB", { weekday: "long", timeZone: "UTC" });
  return name.format(new Date(`${iso}T00:00:00Z`));
};

/** So many days later. */
export const shifted = (iso: string, days: number): string =>
  new Date(Date.parse(`${iso}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
