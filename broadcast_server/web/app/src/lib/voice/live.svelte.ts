/** Speaking live, on whatever screen: the line to the station and what it says back. A lost line is dialled again in time. */

import type { Json } from "../api";
import { session } from "../session.svelte";
import { deafness, Microphone, STILLEST_DB, type Deaf } from "./microphone";

type Says = Json["LiveSays"];
type Standing = Json["LiveStateJson"];

export interface Opening {
  targets: string[];
  title: string;
  emergency: boolean;
}

interface End {
  code: string;
  vi: string;
  en: string;
  /** Null if nobody knows. */
  recorded: boolean | null;
}

const LOST_MS = 4000; // so long the station waits for a lost line
const DEAF_MS = 2200; // it speaks every second: after so long without a word the line is dead
const AGAIN_MS = 200;
const PATIENCE_MS = 12_000;
const STILL_DB = -60;
const PAUSE = 4; // seconds in which somebody may well say nothing
const AWAY_MS = 15_000;
const SILENT_MS = 10_000;
const FALL_DB = 1; // of what was loud, with each look at the level
const MORE_S = 300;

const own = (code: string, vi: string, en: string): End => ({ code, vi, en, recorded: null });
const LOST = own("lost", "Mất kết nối: loa đã ngừng phát.", "Connection lost: the loudspeakers have stopped.");
const UNANSWERED = own("unanswered", "Máy chủ của đài không trả lời: chưa nói được.", "The station does not answer: nothing was begun.");
const CALLED_OFF = own("called_off", "Đã hủy trước khi nói.", "Cancelled before a word was said.");

export const live = $state({
  phase: "idle" as "idle" | "opening" | "on" | "ending" | "over",
  /** What was asked for. */
  opening: null as Opening | null,
  /** The order's id, once the floor is ours. */
  order: null as string | null,
  /** How it fares, by the station's last word. */
  standing: null as Standing | null,
  /** A loudspeaker has reported that it plays: the speaker was asked to speak. */
  invited: false,
  /** The line is lost and dialled again. */
  dialling: false,
  muted: false,
  /** For so many seconds the microphone has been silent, though it is on. */
  still: 0,
  /** The phone has the microphone for something else, such as a call. */
  taken: false,
  /** The screen is off or the app behind another, or was just now. */
  away: false,
  end: null as End | null,
  /** It is only just over: the boxes may not have said yet that they are silent. */
  fresh: false,
  microphone: null as Microphone | null,
  deaf: null as Deaf | null,
  /** The loudest of late, dB below full scale. */
  loud: STILLEST_DB,
});

let line: WebSocket | null = null;
let wanted = false;
let lastWord = 0;
let dialled = 0;
let watch: ReturnType<typeof setInterval> | undefined;
let back: ReturnType<typeof setTimeout> | undefined;
let lock: WakeLockSentinel | null = null;

export const isOpen = (): boolean => live.phase !== "idle" && live.phase !== "over";
/** The microphone has been silent for longer than anybody pauses. */
export const isStill = (): boolean => live.still > PAUSE;

/** Take up the microphone; its owner is asked for it if he must be. */
export const ready = async (): Promise<void> => {
  wanted = true;
  if (live.microphone) return;
  live.deaf = null;
  try {
    const found = await Microphone.open();
    if (!wanted || live.microphone) return found.close();
    found.onlevel = (db) => void (live.loud = Math.max(db, live.loud - FALL_DB));
    found.track.onmute = found.track.onended = () => (live.taken = true);
    found.track.onunmute = () => (live.taken = false);
    live.microphone = found;
  } catch (error) {
    if (wanted) live.deaf = deafness(error);
  }
};

/** Put the microphone down, unless somebody speaks into it; what is over is forgotten. */
export const putDown = (): void => {
  wanted = false;
  if (isOpen()) return;
  live.microphone?.close();
  live.microphone = live.deaf = live.end = live.order = live.standing = live.opening = null;
  live.loud = STILLEST_DB;
  live.phase = "idle";
};

export const begin = (opening: Opening): void => {
  if (!live.microphone || isOpen()) return;
  Object.assign(live, { opening, order: null, standing: null, end: null, invited: false, phase: "opening" });
  watch = setInterval(look, AGAIN_MS);
  void stayAwake();
  dial(opening);
};

/** End it; before the floor is ours it is called off. */
export const finish = (): void => {
  if (!live.order) return ended(CALLED_OFF);
  live.phase = "ending"; // by the next line, should this one be lost just now
  live.microphone?.drop();
  tell("close");
};

export const extend = (): void => tell("extend", { seconds: MORE_S });

/** Silence goes out instead of the voice, or the voice again. */
export const mute = (): void => {
  live.muted = !live.muted;
  if (live.microphone) live.microphone.muted = live.muted;
};

const newLine = (): WebSocket => new WebSocket(`${location.origin.replace("http", "ws")}/api/v1/live`);

const dial = (opening: Opening | { resume: string }): void => {
  const fresh = (line = newLine());
  dialled = performance.now();
  fresh.onopen = () => fresh.send(JSON.stringify({ type: "open", numbered: true, codec: live.microphone?.codec, ...opening }));
  fresh.onmessage = (message) => {
    if (line !== fresh) return;
    lastWord = performance.now();
    hear(JSON.parse(message.data as string) as Says);
  };
  fresh.onclose = () => line === fresh && lost();
};

/** One line more for the same sound; the station sends only its first word on it. The microphone drops it with the rest. */
const join = ({ beside, codec }: Microphone): void => {
  const fresh = newLine();
  beside.add(fresh);
  fresh.onopen = () => fresh.send(JSON.stringify({ type: "join", order: live.order, codec }));
  fresh.onclose = () => beside.delete(fresh);
};

const hear = (said: Says): void => {
  if ("kind" in said) {
    void session.look();
    return ended({ ...said, recorded: null });
  }
  if (said.type === "open") {
    live.order = said.order;
    live.dialling = false;
    if (live.phase === "ending") return tell("close");
    live.phase = "on";
    if (line) live.microphone?.into(line);
  } else if (said.type === "state") fares(said);
  else if (said.type === "extended" && live.standing) live.standing.left_s = said.seconds - live.standing.seconds;
  else if (said.type === "refused") ended({ ...said, recorded: null });
  else if (said.type === "closed") ended(said);
};

const fares = (said: Standing): void => {
  live.standing = said;
  live.still = said.level_db < STILL_DB && !live.muted ? live.still + 1 : 0;
  if (live.invited || !said.playing) return;
  live.invited = true;
  navigator.vibrate?.([200, 80, 200]);
};

const look = (): void => {
  const now = performance.now();
  if (!live.order) return void (now - dialled > PATIENCE_MS && ended(UNANSWERED));
  if (!line) return;
  if (now - Math.max(lastWord, dialled) > DEAF_MS) return lost();
  while (live.microphone && live.microphone.wants > 0) join(live.microphone);
};

/** The line is gone, or as good as gone: the station takes us up again for a while. */
const lost = (): void => {
  const dead = line;
  line = null;
  dead?.close();
  live.microphone?.drop();
  if (!live.order || performance.now() - lastWord > LOST_MS) return ended(LOST);
  live.dialling = true;
  setTimeout(() => isOpen() && live.order && dial({ resume: live.order }), AGAIN_MS);
};

const ended = (end: End): void => {
  const last = line;
  clearInterval(watch);
  clearTimeout(back);
  live.microphone?.close();
  line = null;
  Object.assign(live, { microphone: null, dialling: false, muted: false, still: 0, taken: false, away: false, end, fresh: true, phase: "over" });
  back = setTimeout(() => (live.fresh = false), SILENT_MS);
  void lock?.release();
  last?.close(1000);
};

const tell = (type: "close" | "extend", more = {}): void => {
  if (line?.readyState === WebSocket.OPEN) line.send(JSON.stringify({ type, ...more }));
};

const stayAwake = async (): Promise<void> => {
  try {
    lock = await navigator.wakeLock.request("screen");
    if (!isOpen()) await lock.release();
  } catch {
    // a phone that saves its battery refuses, and an old one knows nothing of it
  }
};

/** The page is closed: the loudspeakers are silent at once. */
addEventListener("pagehide", () => {
  if (!isOpen()) return;
  tell("close");
  ended(LOST);
});

document.addEventListener("visibilitychange", () => {
  if (!isOpen()) return;
  clearTimeout(back);
  live.away = true;
  if (document.visibilityState === "hidden") return;
  back = setTimeout(() => (live.away = false), AWAY_MS);
  void stayAwake();
});
