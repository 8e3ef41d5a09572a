/** Where the names go on a drawn map, so that they lie on no mark and, where it can be, on no other name. */

export interface Point { x: number; y: number; text: string }
export interface Label { x: number; y: number; anchor: "start" | "end" | "middle" }
interface Box { left: number; top: number; right: number; bottom: number }

const WIDE = 8.6;
const HIGH = 36;
const AWAY = 18;
const REACH = 15;

const overlap = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

const choices = ({ x, y, text }: Point): { label: Label; box: Box }[] => {
  const width = text.length * WIDE;
  const at = (dx: number, dy: number): { label: Label; box: Box } => {
    const left = x + dx * AWAY - (width / 2) * (1 - dx);
    const middle = y + dy * (AWAY + HIGH / 2);
    const anchor = dx > 0 ? "start" : dx < 0 ? "end" : "middle";
    return { label: { x: x + dx * AWAY, y: middle, anchor }, box: { left, right: left + width, top: middle - HIGH / 2, bottom: middle + HIGH / 2 } };
  };
  return [at(1, 0), at(-1, 0), at(0, 1), at(0, -1), at(1, 0.6), at(-1, 0.6), at(1, -0.6), at(-1, -0.6)];
};

/** One label for each point, in a picture of that size; on what is `taken`, and on the marks, none may lie. */
export const labels = (points: Point[], width: number, height: number, taken: Box[]): Label[] => {
  const marks = points.map(({ x, y }) => ({ left: x - REACH, right: x + REACH, top: y - REACH, bottom: y + REACH }));
  const [solid, names]: [Box[], Box[]] = [[...taken, ...marks], []];
  const outside = (box: Box): number =>
    (Math.max(0, -box.left) + Math.max(0, box.right - width)) * HIGH + (Math.max(0, -box.top) + Math.max(0, box.bottom - height)) * HIGH;
  const cost = (box: Box): number =>
    8 * outside(box) + 6 * solid.reduce((sum, one) => sum + overlap(box, one), 0) + names.reduce((sum, one) => sum + overlap(box, one), 0);
  return points.map((point) => {
    const best = choices(point).reduce((a, b) => (cost(b.box) < cost(a.box) ? b : a));
    names.push(best.box);
    return best.label;
  });
};
