import { phrasebook } from "../lib/language.svelte";

const vi = {
  title: "Đài truyền thanh xã",
  about: "Đăng nhập để phát thanh, đặt lịch và xem các cụm loa.",
  name: "Tên đăng nhập",
  password: "Mật khẩu",
  enter: "Đăng nhập",
  entering: "Đang đăng nhập…",
  lock: "Mở bằng khóa màn hình",
  lost: "Quên mật khẩu? Nhờ người quản trị đài cấp mật khẩu dùng một lần.",
  public: "Xem lịch phát hôm nay (không cần đăng nhập)",
  language: "English",
};
export type Words = Record<keyof typeof vi, string>;

export const word = phrasebook(vi, "login");
