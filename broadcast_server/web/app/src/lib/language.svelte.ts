/** The language of the screens, and books of phrases in it. */

export type Language = "vi" | "en";
export type Values = Record<string, string | number>;
type English = (typeof import("../words/english"))["default"];

const KEPT = "language";
/** So long nothing is on the screen for words that do not come. */
const PATIENCE_MS = 4000;

/** The English of the first screens: fetched where English is read, and kept with the rest of the app on every phone. */
let english: English | undefined;

class Tongue {
  now = $state<Language>("vi");
  /** English was wanted, and its words could not be had: the screens stay as they were. */
  lacking = $state(false);
  private wanted: Language = "vi";

  /** What was chosen on this phone, once its words are here: nothing is on the screen before, but not for ever. */
  async begin(): Promise<void> {
    if (localStorage.getItem(KEPT) !== "en") return;
    await Promise.race([this.choose("en"), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
    this.lacking = this.now !== "en"; // taken over when they come after all
  }

  /** Speak it from now on, once its words are here; if they are not to be had, from the next start that has them. */
  async choose(language: Language): Promise<void> {
    this.wanted = language;
    this.lacking = false;
    localStorage.setItem(KEPT, language);
    try {
      if (language === "en") english ??= (await import("../words/english")).default;
    } catch {
      this.lacking = this.wanted === language;
      return;
    }
    if (this.wanted !== language) return; // another was chosen while its words came
    this.lacking = false;
    this.now = language;
    document.documentElement.lang = language;
  }
}

export const tongue = new Tongue();

/** Phrases by key, both languages whole; `{name}` in a phrase stands for a value, `{name:# horn|# horns}` for the first
 * where that is one, and else for the second. A book of the first screens has its English in `words/english.ts`, by its
 * name there. */
export function phrasebook<Name extends keyof English>(
  vi: Record<keyof English[Name], string>,
  name: Name,
): (key: keyof English[Name], values?: Values) => string;
export function phrasebook<Key extends string>(
  vi: Record<Key, string>,
  en: Record<NoInfer<Key>, string>,
): (key: Key, values?: Values) => string;
export function phrasebook(vi: Record<string, string>, en: Record<string, string> | keyof English) {
  return (key: string, values: Values = {}): string =>
    (tongue.now === "vi" ? vi : typeof en === "string" ? (english![en] as Record<string, string>) : en)[key]!.replace(
      /\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g,
      (whole, name: string, one?: string, many?: string) => {
        const value = String(values[name] ?? whole);
        return one === undefined ? value : (Number(value) === 1 ? one : many!).replace("#", value);
      },
    );
}

/** What the station says in both languages, in the one that is shown. */
export const said = <Said>(sentence: { vi: Said; en: Said }): Said => sentence[tongue.now];
