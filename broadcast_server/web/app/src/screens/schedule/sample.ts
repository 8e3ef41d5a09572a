/** A schedule to begin with, of what a station has: its relay in the morning and its bulletin in the afternoon. */

import { answer, api, type Json } from "../../lib/api";
import { change, undoing, type Undo } from "./agenda.svelte";

const MORNING = "05:30";
const AFTERNOON = "17:00";
const RELAY_S = 1800;

/** `made_us`: when it was recorded. */
export type Line = { times: string[]; title: string; length_us: number } & (
  | { recording: string; made_us: number }
  | { source: string; made_us: null }
);
export type Sample = Line[];

type Recording = Pick<Json["RecordingJson"], "id" | "title" | "kind" | "voice" | "duration_us" | "made_us">;
type Source = Pick<Json["SourceJson"], "id" | "name">;

/** The newest bulletin that a person spoke (what was typed is of its day, a song is no bulletin), and before it the
 * national radio, or else the first that can be relayed; without one the bulletin plays at both times. */
export const sampleOf = (recordings: readonly Recording[], sources: readonly Source[]): Sample => {
  const source = sources.find((one) => /vov/i.test(one.name)) ?? sources[0];
  const spoken = recordings.filter((one) => one.kind === "speech" && one.voice === null);
  const bulletin = spoken.sort((a, b) => b.made_us - a.made_us)[0];
  const lines: Sample = [];
  if (source) lines.push({ times: [MORNING], title: `Tiếp sóng ${source.name}`, length_us: RELAY_S * 1e6, source: source.id, made_us: null });
  if (bulletin) {
    const times = source ? [AFTERNOON] : [MORNING, AFTERNOON];
    const { id: recording, title, duration_us: length_us, made_us } = bulletin;
    lines.push({ times, title, length_us, recording, made_us });
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

/** All of it or, as far as the line allows, nothing; the answer takes it back. */
export const useSample = async (lines: Sample): Promise<Undo> => {
  const done: Undo[] = [];
  const back = async (): Promise<void> => {
    const failed: unknown[] = [];
    for (const undo of done.reverse()) await undo().catch((error: unknown) => failed.push(error));
    if (failed.length) throw failed[0];
  };
  try {
    for (const line of lines) done.push(await schedule(line));
  } catch (error) {
    await back().catch(() => {}); // the week shows what stayed; what is told is why
    throw error;
  }
  return back;
};
