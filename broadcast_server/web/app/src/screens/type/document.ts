import type { Json } from "../../lib/api";
import { phrasebook } from "../../lib/language.svelte";
import type { Closing, Opening } from "./draft.svelte";
import { MOST_CHARACTERS } from "./text";

export type Kind = Json["DocumentKindJson"]["kind"];
/** What is read if nobody wishes otherwise, and in bulletins of so many seconds at most: as the station has it. */
export const READ: readonly Kind[] = ["title", "addressees", "body", "table", "annex"];
export const LONGEST_S = 600;

/** So long may a part be that an announcement still takes it with what is said before and after it. */
export const mostCharacters = (opening: Opening, closing: Closing): number => {
  const most = MOST_CHARACTERS - (opening === "none" && closing === "none" ? 0 : 100);
  return closing === "again" ? most / 2 : most;
};

export const word = phrasebook(
  {
    title: "Từ văn bản có sẵn",
    about: "Tệp Word (.docx), PDF có chữ hoặc .txt. Quốc hiệu, số hiệu, nơi nhận, chữ ký… được tách ra, chỉ đọc khi được chọn.",
    choose: "Chọn tệp",
    other: "Chọn tệp khác",
    from_text: "Tách phần chữ đang soạn",
    pasted: "Chữ đang soạn",
    opening: "Đang mở văn bản…",
    unanswered: "Chưa nhận được trả lời từ máy chủ. Kiểm tra mạng rồi chọn lại tệp.",
    scanned: "Trang {pages} chỉ có ảnh, không đọc được chữ: xem lại bản giấy.",
    read: "Những phần được đọc",
    replaces: "Chữ đang soạn sẽ được thay bằng phần được chọn.",
    part: "Đưa phần {n}/{of} vào ô soạn",
    all: "Đưa vào ô soạn",
    nothing: "Chưa chọn phần nào để đọc.",
    seconds: "{seconds} giây",
    minutes: "{minutes} phút {seconds} giây",
  },
  {
    title: "From a document",
    about: "A Word file (.docx), a PDF with text, or .txt. State title, number, recipients, signature… are told apart and not read unless you wish.",
    choose: "Choose a file",
    other: "Choose another file",
    from_text: "Take apart what is typed",
    pasted: "What is typed",
    opening: "Opening the document…",
    unanswered: "The station has not answered. Check the network and choose the file again.",
    scanned: "Of page {pages} there is only a picture, which cannot be read: look at the paper.",
    read: "What is read",
    replaces: "What is typed now will be replaced by what you choose.",
    part: "Use part {n} of {of}",
    all: "Use this text",
    nothing: "Nothing is chosen to be read.",
    seconds: "{seconds} s",
    minutes: "{minutes} min {seconds} s",
  },
);
