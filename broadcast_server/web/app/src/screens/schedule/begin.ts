/** With what the form begins: a programme or recording by its id, one time of a rule, or what was carried here. */

import { answer, api, refusal, type Json } from "../../lib/api";
import { clock } from "../../lib/clock.svelte";
import { agenda, type Carried } from "./agenda.svelte";
import { nextWhen, whenOf, type Edited, type Plan, type What } from "./plan";

const ofProgramme = (one: Json["ProgrammeJson"]): What => ({
  programme: one.id, recording: null, title: one.title, length_us: one.duration_us,
});
/** All that a programme says of itself. */
export const asItIs = (one: Json["ProgrammeJson"]): Omit<Plan, "when"> => ({
  what: ofProgramme(one), targets: one.targets, priority: one.priority_name, gain_cb: one.gain_cb,
});
export const ofRecording = (one: Pick<Json["RecordingJson"], "id" | "title" | "duration_us">): What => ({
  programme: null, recording: one.id, title: one.title, length_us: one.duration_us,
});

const programmeOf = (programme: string): Promise<Json["ProgrammeJson"]> =>
  answer(api.GET("/api/v1/programmes/{programme}", { params: { path: { programme } } }));

const FRESH = { edited: null, scope: "all", pressed: false, draft: null } as const;

const empty = (): Plan => ({ what: null, when: nextWhen(clock.us()), targets: ["all"], priority: null, gain_cb: 0 });

const recordingOf = (recording_id: string): Promise<Json["WholeRecordingJson"]> =>
  answer(api.GET("/api/v1/library/{recording_id}", { params: { path: { recording_id } } }));

/** Of a programme or a recording; both are asked for at once, for one of them is not there. */
const preset = async (item: string): Promise<Plan> => {
  const [programme, recording] = await Promise.allSettled([programmeOf(item), recordingOf(item)]);
  if (programme.status === "fulfilled") {
    const found = programme.value;
    return { ...empty(), ...asItIs(found) };
  }
  if (recording.status === "fulfilled") return { ...empty(), what: ofRecording(recording.value) };
  throw recording.reason;
};

const editing = async (programme: string, rule: string, day: string, time: string): Promise<Carried> => {
  const found = await programmeOf(programme);
  const one = found.rules.find((each) => each.id === rule);
  if (!one) return { ...FRESH, plan: await preset(programme) };
  const single = { ...whenOf(one, time, day), kind: "once" as const, last: null };
  const when = one.recurrence.kind === "once" ? whenOf(one, time, day) : single;
  const plan = { when, ...asItIs(found) };
  const scope = one.recurrence.kind === "once" ? "all" : "this";
  return { ...FRESH, plan, edited: { programme, rule: one, day, time }, scope };
};

export const begin = async (path: readonly string[]): Promise<Carried> => {
  const [what, first = "", rule = "", day = "", time = ""] = path;
  if (what === "edit") return editing(first, rule, day, time);
  const carried = agenda.carried;
  agenda.carried = null;
  if (carried) return { ...carried, plan: await whole(carried.plan) };
  return { ...FRESH, plan: first ? await preset(first) : empty() };
};

/** Where and how strong the programme is, if that was left to it. */
const whole = async (plan: Plan): Promise<Plan> => {
  if (plan.targets !== null) return plan;
  try {
    const found = await programmeOf(plan.what?.programme ?? "");
    return { ...plan, targets: found.targets, priority: plan.priority ?? found.priority_name, gain_cb: plan.gain_cb ?? found.gain_cb };
  } catch (error) {
    if (refusal(error).status !== 404) throw error;
    return plan; // it was deleted, and is made anew as it was
  }
};

/** The whole series instead of the one time, or the other way round; the time of day that was chosen stays. */
export const rescoped = (plan: Plan, edited: Edited, scope: Json["Scope"]): Plan => {
  const first = scope === "all" ? edited.rule.first_day : edited.day;
  const series = whenOf(edited.rule, plan.when.time, first);
  const when = scope === "this" ? { ...series, kind: "once" as const, day: edited.day, last: null } : series;
  return { ...plan, when };
};
