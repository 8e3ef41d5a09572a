/** How the app looks on this phone: the size of its text, light or dark. Chosen here, kept here. */

export const SIZES = ["normal", "large", "largest"] as const;
export const LIGHTS = ["phone", "light", "dark"] as const;
export type Size = (typeof SIZES)[number];
export type Light = (typeof LIGHTS)[number];

const MASTS = { light: "#0a4d8f", dark: "#0e2540" };

const kept = <Choice extends string>(name: string, choices: readonly Choice[]): Choice =>
  choices.find((one) => one === localStorage.getItem(name)) ?? choices[0]!;

class Look {
  size = $state<Size>(kept("size", SIZES));
  light = $state<Light>(kept("light", LIGHTS));

  constructor() {
    this.show();
  }

  chooseSize(size: Size): void {
    this.size = size;
    localStorage.setItem("size", size);
    this.show();
  }

  chooseLight(light: Light): void {
    this.light = light;
    localStorage.setItem("light", light);
    this.show();
  }

  private show(): void {
    const { dataset } = document.documentElement;
    dataset["size"] = this.size;
    dataset["light"] = this.light;
    for (const mast of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]"))
      mast.content = MASTS[this.light === "phone" ? (mast.media.includes("dark") ? "dark" : "light") : this.light];
  }
}

export const look = new Look();
