/** How a recording came, against the −16 LUFS at which loudspeakers are fed. */

const QUIET_LUFS = -23;
const LOUD_LUFS = -11;

export type HeardAs = "quiet" | "good" | "loud";
export const heardAs = (before_lufs: number): HeardAs =>
  before_lufs < QUIET_LUFS ? "quiet" : before_lufs > LOUD_LUFS ? "loud" : "good";
