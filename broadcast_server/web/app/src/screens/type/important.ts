/** Lines that begin with `!` are said once more at the end of the text. */

const ENDS = /[.!?…]\s+(?=[^\p{L}\d]?[\p{Lu}\d])/gu;
/** A dot behind these ends no sentence: TP. 5. */
const SHORT = /(?:^|[^\p{L}\d])(?:\d{1,2}|\p{Lu}{1,2})$/u;
const MARK = /^\s*!+\s*/;

/** Whether any line is marked. */
export const hasMarks = (text: string): boolean => text.split("\n").some((line) => MARK.test(line));

/** Whether it stands in a line that is marked. */
export const isMarked = (text: string, sentence: string): boolean =>
  text.split("\n").some((line) => MARK.test(line) && line.includes(sentence));

export interface Toggled { text: string; at: number; sentence: string; twice: boolean }

/** The sentence at that place stands in a line of its own and is marked, or its line is not marked any more; null where
 * there is none. */
export const toggled = (text: string, at: number): Toggled | null => {
  const from = text.lastIndexOf("\n", at - 1) + 1;
  const found = text.indexOf("\n", at);
  const line = text.slice(from, found < 0 ? text.length : found);
  if (MARK.test(line)) {
    const sentence = line.replace(MARK, "");
    return { text: text.slice(0, from) + sentence + text.slice(from + line.length), at: from + sentence.length, sentence, twice: false };
  }
  const [start, end] = within(line, at - from);
  const sentence = line.slice(start, end);
  return sentence.trim() ? alone(text, from + start, from + end) : null;
};

/** The text with that sentence of it marked. */
export const marked = (text: string, sentence: string): string => {
  const at = text.indexOf(sentence);
  return at < 0 ? text : alone(text, at, at + sentence.length).text;
};

/** Where the sentence begins and ends that has this place of a line. */
const within = (line: string, at: number): [number, number] => {
  let start = 0;
  for (const one of line.matchAll(ENDS)) {
    const end = one.index + 1;
    if (one[0].startsWith(".") && SHORT.test(line.slice(start, one.index))) continue;
    if (at <= end) return [start, end];
    start = one.index + one[0].length;
  }
  return [start, line.length];
};

const alone = (text: string, start: number, end: number): Toggled => {
  const before = text.slice(0, start).replace(/[ \t]+$/, "");
  const after = text.slice(end).replace(/^[ \t]+/, "");
  const sentence = text.slice(start, end).trim();
  const head = `${before}${before && !before.endsWith("\n") ? "\n" : ""}! ${sentence}`;
  return { text: `${head}${after && !after.startsWith("\n") ? "\n" : ""}${after}`, at: head.length, sentence, twice: true };
};
