/** What the form is about: what, when, where, how strong; and what the station is asked for. */

import type { Json } from "../../lib/api";
import { day as dayOf, time as timeOf } from "../../lib/clock.svelte";
import { dayOfMonth, isLastOfMonth, plus, weekday } from "./days";

export type Kind = "once" | "daily" | "workdays" | "weekly" | "monthly" | "own";
export type Scope = Json["Scope"];
export type Entry = Json["AgendaEntryJson"];
export type Change = Json["ScheduleChange"];
export type Priority = Entry["priority_name"];

export interface What {
  programme: string | null;
  recording: string | null;
  title: string;
  length_us: number;
}

export interface When {
  kind: Kind;
  time: string;
  /** The one day, or the first. */
  day: string;
  last: string | null;
  days: number[];
  /** How it repeats, if in a way that this form does not offer. */
  own: Json["RecurrenceJson"] | null;
  exceptions: string[];
}

/** The one time of a rule that is edited. */
export interface Edited {
  programme: string;
  rule: Json["RuleJson"];
  day: string;
  time: string;
}

export interface Plan {
  what: What | null;
  when: When;
  /** Null: where the programme is heard already. */
  targets: string[] | null;
  priority: Priority | null;
  /** How much softer it is than others, in hundredths of a decibel; null: as the programme has it. */
  gain_cb: number | null;
}

/** What is offered, the loudest first. */
export const GAINS = [0, -300, -600, -900, -1200];
export const WORKDAYS = [0, 1, 2, 3, 4];
/** From when to when only an emergency may sound. */
export type Quiet = NonNullable<Json["AgendaJson"]["quiet"]>;
export const isQuiet = (time: string, { start, end }: Quiet): boolean =>
  start < end ? time >= start && time < end : time >= start || time < end;

const USUAL = ["05:30", "17:00", "11:00", "06:00", "18:30", "05:00"];
/** Times of day that this station is used to, earliest first; what was ordered at a moment is no habit. */
export const usualTimes = (entries: readonly Entry[]): string[] => {
  const counts = new Map<string, number>();
  for (const { time, repeats } of entries) if (repeats) counts.set(time.slice(0, 5), (counts.get(time.slice(0, 5)) ?? 0) + 1);
  const own = [...counts].sort((a, b) => b[1] - a[1]).map(([time]) => time);
  return [...new Set([...USUAL.slice(0, 2), ...own, ...USUAL])].slice(0, 6).sort();
};

const HABITS = 4;
const series = (kind: Kind, time: string, days: number[], day: string): When => ({ kind, time, day, last: null, days, own: null, exceptions: [] });
const sameness = (when: When): string => JSON.stringify([when.time, recurrenceOf(when)]);
/** Whether two repeat alike, at the same time of day and without an end. */
export const isAlike = (a: When, b: When): boolean => a.last === b.last && sameness(a) === sameness(b);

/** What this station is used to, time of day and how it repeats, earliest first: one touch sets both. */
export const habits = (entries: readonly Entry[], now: number): When[] => {
  const today = dayOf(now);
  const own = new Map<string, { when: When; count: number }>();
  for (const { time, repeats } of entries) {
    if (!repeats || repeats.kind === "once" || repeats.kind === "rrule") continue;
    const days = [...(repeats.days ?? [])];
    const when = series(repeats.kind === "weekly" && isWorkdays(days) ? "workdays" : repeats.kind, time.slice(0, 5), days, today);
    own.set(sameness(when), { when, count: (own.get(sameness(when))?.count ?? 0) + 1 });
  }
  const most = [...own.values()].sort((a, b) => b.count - a.count).map((one) => one.when);
  const all = [...USUAL.slice(0, 2).map((time) => series("daily", time, [], today)), ...most];
  const apart = [...new Map(all.map((when) => [sameness(when), when])).values()];
  return apart.slice(0, HABITS).sort((a, b) => a.time.localeCompare(b.time));
};

const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** Once, at the next of the two moments at which a village listens. */
export const nextWhen = (now: number): When => {
  const today = dayOf(now);
  const evening = minutes(timeOf(now)) < minutes("16:45");
  return { kind: "once", time: evening ? "17:00" : "05:30", day: evening ? today : plus(today, 1), last: null, days: [], own: null, exceptions: [] };
};

/** The day on which that time of day comes next. */
export const comes = (time: string, now: number): string => {
  const today = dayOf(now);
  return minutes(time) > minutes(timeOf(now)) ? today : plus(today, 1);
};

const isWorkdays = (days: readonly number[]): boolean => days.length === 5 && WORKDAYS.every((one) => days.includes(one));

/** How a rule repeats, as this form shows it. */
export const whenOf = (rule: Json["RuleJson"], time: string, first: string): When => {
  const { kind, days = [] } = rule.recurrence;
  const shown: Kind = kind === "rrule" ? "own" : kind === "weekly" && isWorkdays(days) ? "workdays" : kind;
  const own = kind === "rrule" ? rule.recurrence : null;
  return { kind: shown, time: time.slice(0, 5), day: first, last: rule.last_day, days: [...days], own, exceptions: rule.exceptions };
};

export const recurrenceOf = (when: When): Json["RecurrenceJson"] => {
  switch (when.kind) {
    case "workdays":
      return { kind: "weekly", days: WORKDAYS };
    case "weekly":
    case "monthly":
      return { kind: when.kind, days: [...when.days].sort((a, b) => a - b) };
    case "own":
      return when.own ?? { kind: "once" };
    default:
      return { kind: when.kind };
  }
};

export const isWhole = (plan: Plan): boolean =>
  plan.what !== null &&
  /^\d\d:\d\d$/.test(plan.when.time) &&
  plan.when.day !== "" &&
  plan.targets?.length !== 0 &&
  (!["weekly", "monthly"].includes(plan.when.kind) || plan.when.days.length > 0);

const calls = (when: When, day: string): boolean => {
  switch (when.kind) {
    case "once":
      return day === when.day;
    case "daily":
      return true;
    case "workdays":
      return weekday(day) < 5;
    case "weekly":
      return when.days.includes(weekday(day));
    case "monthly":
      return when.days.includes(dayOfMonth(day)) || (when.days.includes(-1) && isLastOfMonth(day));
    case "own":
      return false; // only the station can say
  }
};

/** The next day on which it plays; null if none, or if it is not known here. */
export const nextDay = (when: When, now: number): string | null => {
  const today = dayOf(now);
  const first = when.day > today ? when.day : today;
  for (let n = 0; n < 400; n++) {
    const day = plus(first, n);
    if (when.kind !== "once" && when.last && day > when.last) return null;
    if (calls(when, day) && !when.exceptions.includes(day) && (day > today || when.time > timeOf(now))) return day;
  }
  return null;
};

const ruleOf = (when: When): Json["RuleDraft"] => {
  const { days = [], text = "", kind } = recurrenceOf(when);
  return {
    times: [when.time],
    first_day: when.day,
    last_day: when.kind === "once" ? null : when.last,
    recurrence: { kind, days, text },
    exceptions: when.kind === "once" ? [] : when.exceptions,
    zone: null,
  };
};

export const changeOf = (plan: Plan, edited: Edited | null, scope: Scope): Change => ({
  take: edited && { programme_id: edited.programme, rule_id: edited.rule.id, day: edited.day, time: edited.time, scope },
  put: {
    programme_id: plan.what?.programme ?? null,
    recording_id: plan.what?.recording ?? null,
    targets: plan.targets,
    priority: plan.priority,
    gain_cb: plan.gain_cb,
    rule: ruleOf(plan.when),
  },
});

/** What would be put into the timetable to air it once more. */
export const onceMore = (entry: Entry, day: string): Plan => ({
  what: { programme: entry.programme_id, recording: null, title: entry.title, length_us: entry.length_us },
  when: { kind: "once", time: entry.time.slice(0, 5), day, last: null, days: [], own: null, exceptions: [] },
  targets: null,
  priority: null,
  gain_cb: null,
});

/** `17:05` so many minutes on; null beyond the day. */
export const shifted = (time: string, by: number): string | null => {
  const whole = minutes(time) + by;
  if (whole < 0 || whole >= 24 * 60) return null;
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
};
