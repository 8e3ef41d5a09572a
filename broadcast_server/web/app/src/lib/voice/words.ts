import { phrasebook } from "../language.svelte";

/** What a microphone is like. */
export const word = phrasebook(
  {
    "level.soft": "Nhỏ quá – nói to hoặc lại gần hơn",
    "level.good": "Tốt",
    "level.loud": "To quá – lùi ra một chút",
    level: "Độ to",
    denied: "Chưa cho phép micro. Bấm ổ khóa cạnh địa chỉ › Micro › Cho phép, rồi bấm Bắt đầu ghi.",
    no_microphone: "Không mở được micro của máy này. Tắt ứng dụng khác đang dùng micro rồi thử lại.",
    insecure: "Trang này chưa có kết nối bảo mật (HTTPS) nên trình duyệt không cho ghi âm. Báo kỹ thuật viên.",
  },
  {
    "level.soft": "Too soft – speak up or come closer",
    "level.good": "Good",
    "level.loud": "Too loud – move back a little",
    level: "Level",
    denied: "The microphone is not allowed. Press the lock beside the address › Microphone › Allow, then start again.",
    no_microphone: "The microphone of this device cannot be opened. Close other apps that use it and try again.",
    insecure: "This page has no secure connection (HTTPS), so the browser does not record. Tell the technician.",
  },
);
