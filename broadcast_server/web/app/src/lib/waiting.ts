/** Where on the phone there lies what somebody has begun and the station has not heard of. */

/** Plans that could not be saved for want of a line. */
export const plansOf = (who: string | undefined): string => `drafts.schedule.${who ?? ""}`;
/** The text that is being typed. */
export const typedBy = (who: string | undefined): string => `typed.${who}`;

const read = <Kept>(key: string, none: Kept): Kept => {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") ?? none;
  } catch {
    return none;
  }
};

/** How many plans wait, and the text; `sent`: it was sent, and never answered. */
export const waiting = (who: string | undefined): { plans: number; text: string; sent: boolean } => {
  const { text = "", pending } = read<{ text?: string; pending?: unknown }>(typedBy(who), {});
  return { plans: read<unknown[]>(plansOf(who), []).length, text: text.trim(), sent: !!pending };
};
