import { phrasebook } from "../lib/language.svelte";

const vi = {
  all_ready: "{all}/{all} loa sẵn sàng",
  some_ready: "{ready}/{all} loa sẵn sàng · xem lại {names}",
  no_clusters: "Chưa có cụm loa nào. Nối hộp thiết bị đầu tiên ở trang Cụm loa.",
  since: "Bắt đầu {start} · còn {left}",
  began: "Bắt đầu {start}",
  heard: "{clusters} cụm · {playing}/{all} loa đang phát",
  silence: "Lúc này không phát gì",
  unseen: "Chưa nối được với đài, nên chưa rõ loa đang phát gì",
  next: "Tiếp theo",
  tomorrow: "Ngày mai",
  in_clusters: "{count} cụm · {length}",
  nothing_next: "7 ngày tới chưa có chương trình nào.",
  record: "Ghi âm",
  record_about: "Thu bản tin mới",
  type_about: "Máy đọc thành tiếng",
  upload: "Tải tệp lên",
  upload_about: "mp3, m4a, wav",
  relay_about: "VOV, đài tỉnh",
  make: "Làm bản tin",
};
export type Words = Record<keyof typeof vi, string>;

export const word = phrasebook(vi, "today");
