import { phrasebook } from "../lib/language.svelte";

export const word = phrasebook(
  {
    timetable: "Hôm nay, {day}",
    empty: "Hôm nay chưa có lịch phát.",
    add: "Thêm lịch",
    played: "{done}/{all} cụm đã phát",
    partly: "{done}/{all} cụm phát một phần",
    silent: "{names}: đang mất kết nối, chưa rõ đã phát chưa.",
    playing: "Đang phát",
    coming: "Sẽ phát",
    unsaid: "Chưa rõ: cụm loa chưa báo về",
    see_why: "Xem vì sao",
    more: "Thêm",
    log: "Nhật ký phát sóng",
  },
  {
    timetable: "Today, {day}",
    empty: "Nothing is scheduled today.",
    add: "Add to the schedule",
    played: "played on {done}/{all:# cluster|# clusters}",
    partly: "played in part on {done}/{all:# cluster|# clusters}",
    silent: "{names}: not reached now; not known whether it played.",
    playing: "On air",
    coming: "To be played",
    unsaid: "Not known: the clusters have not reported",
    see_why: "See why",
    more: "More",
    log: "Broadcast log",
  },
);
