/** Where the app is: `#/now/flood?from=today` is screen `now`, `flood` its path. */

export interface Place {
  screen: string;
  path: readonly string[];
}

const plain = (step: string): string => {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
};

const read = (): Place => {
  const [screen = "", ...path] = location.hash.replace(/^#\/?/, "").split("/").map(plain);
  return { screen: screen || "today", path };
};

/** Who hears the screen learns that it is another, and keys go on from there, when what had the focus is gone. */
export const toMain = (): void => document.getElementById("main")?.focus({ preventScroll: true });

class Router {
  place = $state<Place>(read());

  constructor() {
    addEventListener("hashchange", () => {
      this.place = read();
      scrollTo(0, 0);
      toMain();
    });
  }
}

export const router = new Router();

export const to = (...steps: readonly string[]): string => `#/${steps.map(encodeURIComponent).join("/")}`;
export const go = (...steps: readonly string[]): void => {
  location.hash = to(...steps);
};
