/** Shapes of later screens; those of the first load are Icon's own. */

export const DOWNLOAD = "M12 4v11M7.5 10.5 12 15l4.5-4.5M5 19h14";
export const PLUS = "M12 5v14M5 12h14";
export const PAUSE = "M8.5 6v12M15.5 6v12";
export const CUT = "M7 4.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM7 14.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM9 9l11 8.5M9 15 20 6.5";
