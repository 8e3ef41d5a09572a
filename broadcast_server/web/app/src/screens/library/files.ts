/** What can be told of a chosen file before a byte of it is sent. */

import { word } from "./words";

const LONGEST_S = 2 * 3600;
const PATIENCE_MS = 4000;
const SOUND = /^(audio|video)\/|^application\/(ogg|octet-stream|mp4|x-flac)$/;

/** Seconds, if this phone can tell. */
const durationOf = (file: Blob): Promise<number | null> =>
  new Promise((resolve) => {
    const audio = new Audio();
    const end = (seconds: number | null): void => {
      clearTimeout(patience);
      URL.revokeObjectURL(audio.src);
      resolve(seconds);
    };
    const patience = setTimeout(() => end(null), PATIENCE_MS);
    audio.preload = "metadata";
    audio.onloadedmetadata = () => end(Number.isFinite(audio.duration) ? audio.duration : null);
    audio.onerror = () => end(null);
    audio.src = URL.createObjectURL(file);
  });

/** Why it need not be sent at all; empty if the station should look at it. */
export const objection = async (file: File): Promise<string> => {
  const kind = file.name.includes(".") ? (file.name.split(".").at(-1) ?? "") : file.type;
  if (file.type && !SOUND.test(file.type)) return word("not_audio", { name: file.name, kind });
  const seconds = await durationOf(file);
  if (seconds === null || seconds <= LONGEST_S + 1) return "";
  const minutes = Math.floor(seconds / 60);
  return word("too_long", { name: file.name, hours: Math.floor(minutes / 60), minutes: minutes % 60 });
};

/** `ban tin sang` of `ban tin sang.m4a`. */
export const titleOf = (name: string): string => name.replace(/\.[^.]{1,5}$/, "").trim() || name;

/** In words as one says them: `3 phút`, `40 giây`. */
export const roughly = (seconds: number): string =>
  seconds >= 90
    ? word("minutes", { count: Math.round(seconds / 60) })
    : word("seconds", { count: Math.max(5, Math.ceil(seconds / 5) * 5) });
