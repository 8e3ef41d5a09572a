/** Days as `2026-11-24`, counted by the calendar alone. */

const MS = 86_400_000;
const at = (iso: string): number => Date.parse(`${iso}T00:00:00Z`);
const of = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const plus = (iso: string, days: number): string => of(at(iso) + days * MS);
/** 0 is Monday. */
export const weekday = (iso: string): number => (new Date(at(iso)).getUTCDay() + 6) % 7;
export const monday = (iso: string): string => plus(iso, -weekday(iso));
export const week = (first: string): string[] => [0, 1, 2, 3, 4, 5, 6].map((n) => plus(first, n));
export const dayOfMonth = (iso: string): number => Number(iso.slice(8));
export const isLastOfMonth = (iso: string): boolean => dayOfMonth(plus(iso, 1)) === 1;
/** `24/11`. */
export const short = (iso: string): string => `${iso.slice(8)}/${iso.slice(5, 7)}`;
export const isDay = (text: string | undefined): text is string => /^\d{4}-\d\d-\d\d$/.test(text ?? "");
