/** The language of the screens, and books of phrases in it. */

export type Language = "vi" | "en";
export type Values = Record<string, string | number>;

const KEPT = "language";

class Tongue {
  now = $state<Language>(localStorage.getItem(KEPT) === "en" ? "en" : "vi");

  choose(language: Language): void {
    this.now = language;
    localStorage.setItem(KEPT, language);
    document.documentElement.lang = language;
  }
}

export const tongue = new Tongue();
document.documentElement.lang = tongue.now;

/** Phrases by key, both languages whole; `{name}` in a phrase stands for a value. */
export const phrasebook =
  <Key extends string>(vi: Record<Key, string>, en: Record<NoInfer<Key>, string>) =>
  (key: Key, values: Values = {}): string =>
    (tongue.now === "en" ? en : vi)[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

/** What the station says in both languages, in the one that is shown. */
export const said = (sentence: { vi: string; en: string }): string => sentence[tongue.now];
