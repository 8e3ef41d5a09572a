/** The station's time: the phone's own clock may be an hour wrong. */

const ZONE = "Asia/Ho_Chi_Minh";
const WRONG_US = 60_000_000;

const deviceUs = (): number => Date.now() * 1000;
const TIME = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const DAY = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });

class Clock {
  /** Station minus device, µs; null before the station said what time it is. */
  private ahead: number | null = null;
  /** µs since 1970 by the station's clock, a second old at most. */
  now = $state(deviceUs());
  /** Whether the phone's clock is so wrong that its owner should know. */
  wrong = $state(false);

  constructor() {
    setInterval(() => this.tick(), 1000);
  }

  /** The station said that it was `stationUs` when the device's clock showed `atUs`. */
  set(stationUs: number, atUs: number): void {
    const ahead = (this.ahead = stationUs - atUs);
    this.wrong = Math.abs(ahead) > WRONG_US;
    this.tick();
  }

  /** Exactly now, in whole µs. */
  us(): number {
    return Math.round(deviceUs() + (this.ahead ?? 0));
  }

  /** So far from now, in whole µs; null if only the phone's own clock is known. */
  after(us: number): number | null {
    return this.ahead === null ? null : Math.round(this.us() + us);
  }

  private tick(): void {
    this.now = this.us();
  }
}

export const clock = new Clock();

/** `05:30`. */
export const time = (us: number): string => TIME.format(us / 1000);
/** `05:30:07`. */
export const timeWithSeconds = (us: number): string => SECONDS.format(us / 1000);
/** `2026-11-24`, the day at the station. */
export const day = (us: number): string => DAY.format(us / 1000);
/** `24/11/2026` of `2026-11-24`. */
export const dayShown = (iso: string): string => iso.split("-").reverse().join("/");
/** `05:30` of today, `05:30, 24/11/2026` of another day. */
export const moment = (us: number): string => (day(us) === day(clock.now) ? time(us) : `${time(us)}, ${dayShown(day(us))}`);

/** `8:20` or `1:05:00`. */
export const length = (us: number): string => {
  const whole = Math.max(0, Math.round(us / 1_000_000));
  const two = (n: number): string => String(n).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
};
