/** A schedule to begin with, of what a station has: its relay in the morning and its bulletin in the afternoon. */

import { answer, api, type Json } from "../../lib/api";
import { change, undoing, type Undo } from "./agenda.svelte";

const MORNING = "05:30";
const AFTERNOON = "17:00";
const RELAY_S = 1800;

export type Line = { times: string[]; title: string; length_us: number } & ({ recording: string } | { source: string });
export type Sample = Line[];

type Recording = Pick<Json["RecordingJson"], "id" | "title" | "duration_us" | "made_us">;
type Source = Pick<Json["SourceJson"], "id" | "name">;

/** The newest bulletin, and before it the national radio, or else the first that can be relayed; without one the
 * bulletin plays at both times. */
export const sampleOf = (recordings: readonly Recording[], sources: readonly Source[]): Sample => {
  const source = sources.find((one) => /vov/i.test(one.name)) ?? sources[0];
  const bulletin = [...recordings].sort((a, b) => b.made_us - a.made_us)[0];
  const lines: Sample = [];
  if (source) lines.push({ times: [MORNING], title: `Tiếp sóng ${source.name}`, length_us: RELAY_S * 1e6, source: source.id });
  if (bulletin) {
    const times = source ? [AFTERNOON] : [MORNING, AFTERNOON];
    lines.push({ times, title: bulletin.title, length_us: bulletin.duration_us, recording: bulletin.id });
  }
  return lines;
};

const schedule = async (line: Line): Promise<Undo> => {
  const rule = { times: line.times, recurrence: { kind: "daily", days: [], text: "" }, exceptions: [] };
  if ("recording" in line) {
    const done = await change({ take: null, put: { recording_id: line.recording, targets: ["all"], rule } });
    return undoing(done.id);
  }
  const relay = { sources: [line.source], length_s: RELAY_S };
  const plain = { items: [], targets: ["all"], grace_s: 0, if_busy: "delay", if_interrupted: "resume", gain_cb: 0 };
  const made = await answer(api.POST("/api/v1/programmes", { body: { ...plain, title: line.title, relay, rules: [rule] } }));
  return () => answer(api.DELETE("/api/v1/programmes/{programme}", { params: { path: { programme: made.id } } }));
};

/** All of it or nothing; the answer takes it back. */
export const useSample = async (lines: Sample): Promise<Undo> => {
  const done: Undo[] = [];
  const back = async (): Promise<void> => {
    for (const undo of done.reverse()) await undo();
  };
  try {
    for (const line of lines) done.push(await schedule(line));
  } catch (error) {
    await back();
    throw error;
  }
  return back;
};
