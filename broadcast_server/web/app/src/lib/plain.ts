/** Letters alone: whoever searches types without accents. */
const plain = (text: string): string =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();

/** Whether every word that was typed stands in the title. */
export const finds = (wanted: string, title: string): boolean =>
  plain(wanted).split(/\s+/).every((each) => plain(title).includes(each));
