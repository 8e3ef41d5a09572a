import { phrasebook, tongue } from "../../lib/language.svelte";
import type { Priority, When } from "./plan";
import { short, weekday } from "./days";
import { recurrenceOf } from "./plan";

export const word = phrasebook(
  {
    add: "Thêm lịch",
    days: "Các ngày trong tuần",
    before: "Tuần trước",
    after: "Tuần sau",
    today: "Hôm nay",
    week: "Tuần {from} – {to}",
    hour: "Giờ",
    not_loaded: "Chưa tải được lịch mới.",
    old: "Đây là lịch xem lúc {time} ngày {day}.",
    empty: "Ngày này chưa có lịch phát.",
    empty_week: "Tuần này chưa có lịch phát.",
    read_only: "Tài khoản này chỉ xem được lịch.",
    quiet: "Giờ yên tĩnh đến {to} – chỉ phát khẩn",
    clusters: "{count} cụm",
    everywhere: "{count:cụm duy nhất|tất cả # cụm}",
    nowhere: "không cụm nào",
    as_before: "những nơi như lần trước",
    minutes: "{count} phút",
    seconds: "{count} giây",
    hours: "{hours} giờ {count} phút",
    once: "một lần",
    daily: "hằng ngày",
    workdays: "T2–T6",
    "workdays.long": "thứ Hai đến thứ Sáu",
    own: "theo quy tắc riêng",
    monthly: "ngày {days} hằng tháng",
    last_of_month: "cuối tháng",
    until: "đến {day}",
    "standing.coming": "Sẽ phát",
    "standing.hushed": "Giờ yên tĩnh",
    "standing.disturbed": "Trùng giờ",
    "standing.rests": "Có cụm tắt tạm",
    "standing.taken": "Không phát",
    "standing.skipped": "Bỏ lần này",
    "standing.on_air": "Đang phát",
    "standing.played": "{done}/{all}",
    "standing.partly": "{done}/{all}",
    "standing.missed": "Bỏ lỡ",
    "standing.gave_way": "Nhường sóng",
    "standing.cancelled": "Đã dừng",
    "standing.unknown": "Chưa rõ",
    "said.played": "Đã phát đủ ở {done}/{all} cụm",
    "said.partly": "Chỉ phát đủ ở {done}/{all} cụm",
    "said.missed": "Không cụm nào phát được",
    "said.coming": "Sẽ phát ở {all} cụm",
    "said.hushed": "Có lịch từ trước nên vẫn phát trong giờ yên tĩnh",
    "said.disturbed": "Trùng giờ với bản khác",
    "said.rests": "Có cụm đang tắt tạm nên không phát ở đó",
    "said.taken": "Sẽ không phát",
    "said.skipped": "Lần này được bỏ khỏi lịch",
    "said.on_air": "Đang phát",
    "said.gave_way": "Đã nhường sóng cho bản khác",
    "said.cancelled": "Đã bị dừng hoặc hủy",
    "said.unknown": "Chưa rõ: cụm loa chưa báo về",
    why: "Vì sao không phát đủ?",
    why_missed: "Vì sao không phát?",
    why_coming: "Vì sao?",
    at_clusters: "Ở {names}",
    edit: "Sửa lịch này",
    remove: "Bỏ khỏi lịch",
    remove_what: "Bỏ những lần nào?",
    "remove.this": "Chỉ lần này, {day}",
    "remove.following": "Lần này và sau này",
    "remove.all": "Tất cả các lần",
    keep: "Không bỏ",
    restore: "Không bỏ nữa",
    again: "Phát lại ngày mai",
    again_other: "Đặt lịch phát lại",
    log: "Xem nhật ký",
    offline: "Mất mạng – chưa sửa được lịch.",
    busy: "Đang gửi…",
    undo: "Hoàn tác",
    undone: "Đã hoàn tác.",
    "saved.new": "Đã lưu lịch. Lần tới {next}.",
    "saved.this": "Đã đổi 1 lần phát.",
    "saved.following": "Đã đổi từ {day} về sau.",
    "saved.all": "Đã đổi tất cả các lần.",
    "removed.this": "Đã bỏ 1 lần phát.",
    "removed.following": "Đã bỏ từ {day} về sau.",
    "removed.all": "Đã bỏ tất cả các lần.",
    restored: "Lần này sẽ phát như lịch.",
    new: "Thêm lịch phát",
    editing: "Sửa lịch phát",
    back: "Lịch phát",
    scope: "Sửa cho",
    "scope.this": "Chỉ lần này",
    "scope.following": "Lần này và sau này",
    "scope.all": "Tất cả",
    what: "Phát gì",
    when: "Khi nào",
    habits: "Giờ hay phát của đài",
    where: "Ở đâu",
    volume: "Âm lượng",
    volume_rule: "So với các bản khác. Âm lượng theo giờ và của từng loa vẫn giữ; bản tin khẩn cấp luôn phát hết cỡ.",
    "gain.full": "Như các bản khác",
    "gain.little": "Nhỏ hơn một chút",
    "gain.softer": "Nhỏ hơn",
    "gain.much": "Nhỏ hơn nhiều",
    "gain.least": "Rất nhỏ",
    strength: "Khi trùng giờ",
    choose: "Chọn bản tin",
    choose_where: "Chọn nơi phát",
    sentence: "Phát {title} lúc {time}, {repeats}, ở {where}.",
    next: "Lần tới {day}.",
    never: "Theo lịch này thì không còn lần nào. Hãy đổi ngày hoặc giờ.",
    loud: "{time} nằm trong giờ yên tĩnh ({start}–{end}): chỉ bản tin khẩn cấp được phát.",
    save: "Lưu lịch",
    keep_draft: "Lưu nháp",
    offline_draft: "Mất mạng – chưa lưu được lịch. Bác lưu nháp, có mạng rồi mở lại để lưu.",
    drafted: "Đã lưu nháp trên máy này.",
    draft: "Lịch nháp chưa lưu: {title}, {time}",
    draft_open: "Mở",
    draft_drop: "Bỏ nháp",
    untitled: "chưa chọn bản tin",
    search: "Tìm theo tên",
    recordings: "Bản tin trong kho",
    programmes: "Chương trình đã có",
    none_found: "Không thấy bản nào tên như vậy.",
    library_empty: "Kho chưa có bản tin nào.",
    more_found: "Còn {count} bản nữa. Gõ tên để tìm.",
    relay: "tiếp sóng",
    time: "Giờ phát",
    other_time: "Giờ khác",
    repeats: "Lặp lại",
    "kind.once": "Một lần",
    "kind.daily": "Hằng ngày",
    "kind.workdays": "T2–T6",
    "kind.weekly": "Chọn ngày",
    "kind.monthly": "Hằng tháng",
    "kind.own": "Quy tắc riêng",
    on_day: "Ngày",
    from_day: "Bắt đầu từ ngày",
    to_day: "Đến hết ngày (để trống: mãi mãi)",
    on_days: "Những ngày nào?",
    on_month_days: "Ngày nào trong tháng?",
    done: "Xong",
    "priority.filler": "Nhường mọi bản khác",
    "priority.relay": "Nhường bản tin của xã",
    "priority.own": "Bản nào phát trước thì giữ sóng",
    "priority.announcement": "Phát trước bản thông thường",
    "priority.priority_commune": "Ưu tiên của xã",
    "priority.priority_above": "Ưu tiên của cấp trên",
    strength_rule: "Thứ tự: khẩn cấp, rồi ưu tiên, rồi thông báo, rồi bản thông thường, rồi tiếp sóng.",
    conflict: "Trùng giờ",
    conflict_more: "và {count} lần nữa trong 6 tuần tới",
    move_after: "Dời sang {time}",
    move_before: "Phát sớm hơn, lúc {time}",
    stronger: "Cho bản này phát trước",
    elsewhere: "Không phát ở {count} cụm bị trùng",
    save_anyway: "Cứ lưu như vậy",
    change_more: "Sửa lại",
    about_call: "Gọi người ở thôn xem điện của cụm loa.",
    about_net: "Xem sóng 4G và dung lượng sim của cụm ở trang Cụm loa.",
    about_box: "Báo kỹ thuật xem hộp loa của cụm này.",
    about_clash: "Đổi giờ, hoặc cho bản này phát trước.",
    about_rests: "Bật lại cụm ở trang Cụm loa nếu muốn phát.",
    about_hushed: "Dời sang giờ khác để bà con nghỉ, hoặc đổi giờ yên tĩnh ở Cài đặt.",
    about_relay: "Kiểm tra nguồn tiếp sóng; hộp loa đã tự phát bản thay thế nếu có.",
  },
  {
    add: "Add",
    days: "Days of the week",
    before: "The week before",
    after: "The week after",
    today: "Today",
    week: "Week {from} – {to}",
    hour: "Time",
    not_loaded: "The schedule was not loaded.",
    old: "This is how it was at {time} on {day}.",
    empty: "Nothing is scheduled on this day.",
    empty_week: "Nothing is scheduled this week.",
    read_only: "This account may only look.",
    quiet: "Quiet hours until {to} – only for emergencies",
    clusters: "{count:# cluster|# clusters}",
    everywhere: "{count:the one cluster|all # clusters}",
    nowhere: "no cluster",
    as_before: "the same places as before",
    minutes: "{count} min",
    seconds: "{count} s",
    hours: "{hours} h {count} min",
    once: "once",
    daily: "daily",
    workdays: "Mon–Fri",
    "workdays.long": "Monday to Friday",
    own: "by a rule of its own",
    monthly: "on day {days} of the month",
    last_of_month: "the last",
    until: "until {day}",
    "standing.coming": "Coming",
    "standing.hushed": "Quiet hours",
    "standing.disturbed": "Clashes",
    "standing.rests": "Some switched off",
    "standing.taken": "Not played",
    "standing.skipped": "Left out",
    "standing.on_air": "On air",
    "standing.played": "{done}/{all}",
    "standing.partly": "{done}/{all}",
    "standing.missed": "Missed",
    "standing.gave_way": "Gave way",
    "standing.cancelled": "Stopped",
    "standing.unknown": "Not known",
    "said.played": "Played whole on {done}/{all:# cluster|# clusters}",
    "said.partly": "Played whole on only {done}/{all:# cluster|# clusters}",
    "said.missed": "Played on no cluster",
    "said.coming": "Will play on {all:# cluster|# clusters}",
    "said.hushed": "Scheduled before, so it is played in the quiet hours",
    "said.disturbed": "Clashes with another",
    "said.rests": "Not played where the cluster is switched off",
    "said.taken": "Will not be played",
    "said.skipped": "Left out this once",
    "said.on_air": "On air",
    "said.gave_way": "Gave way to another",
    "said.cancelled": "Was stopped or cancelled",
    "said.unknown": "Not known: the clusters have not reported",
    why: "Why did it not play whole?",
    why_missed: "Why did it not play?",
    why_coming: "Why?",
    at_clusters: "At {names}",
    edit: "Change this",
    remove: "Take it out",
    remove_what: "Which of them?",
    "remove.this": "Only this one, {day}",
    "remove.following": "This one and all later",
    "remove.all": "All of them",
    keep: "Leave it",
    restore: "Do not leave it out",
    again: "Play it again tomorrow",
    again_other: "Schedule it again",
    log: "Show the log",
    offline: "No network – the schedule cannot be changed.",
    busy: "Sending…",
    undo: "Undo",
    undone: "Taken back.",
    "saved.new": "Saved. Next {next}.",
    "saved.this": "One airing changed.",
    "saved.following": "Changed from {day} on.",
    "saved.all": "All airings changed.",
    "removed.this": "One airing taken out.",
    "removed.following": "Taken out from {day} on.",
    "removed.all": "All airings taken out.",
    restored: "It will be played as scheduled.",
    new: "Add to the schedule",
    editing: "Change the schedule",
    back: "Schedule",
    scope: "Change",
    "scope.this": "Only this one",
    "scope.following": "This one and all later",
    "scope.all": "All",
    what: "What",
    when: "When",
    habits: "The station's usual times",
    where: "Where",
    volume: "Volume",
    volume_rule: "Beside the others. Volumes by hour and of each loudspeaker stay; an emergency is always at full.",
    "gain.full": "Like the others",
    "gain.little": "A little softer",
    "gain.softer": "Softer",
    "gain.much": "Much softer",
    "gain.least": "Very soft",
    strength: "In a clash",
    choose: "Choose a recording",
    choose_where: "Choose where",
    sentence: "Play {title} at {time}, {repeats}, on {where}.",
    next: "Next {day}.",
    never: "By this nothing is left to play. Choose another day or time.",
    loud: "{time} is in the quiet hours ({start}–{end}): only an emergency may sound.",
    save: "Save",
    keep_draft: "Keep as a draft",
    offline_draft: "No network – it cannot be saved. Keep a draft and save it when you are online.",
    drafted: "Kept as a draft on this phone.",
    draft: "A draft that is not saved: {title}, {time}",
    draft_open: "Open",
    draft_drop: "Drop it",
    untitled: "nothing chosen",
    search: "Search by name",
    recordings: "Recordings",
    programmes: "Programmes",
    none_found: "Nothing is called like that.",
    library_empty: "There is no recording yet.",
    more_found: "{count} more. Type a name to find them.",
    relay: "relay",
    time: "Time",
    other_time: "Another time",
    repeats: "Repeats",
    "kind.once": "Once",
    "kind.daily": "Daily",
    "kind.workdays": "Mon–Fri",
    "kind.weekly": "Some days",
    "kind.monthly": "Monthly",
    "kind.own": "Its own rule",
    on_day: "Day",
    from_day: "From",
    to_day: "Until the end of (empty: for ever)",
    on_days: "On which days?",
    on_month_days: "On which days of the month?",
    done: "Done",
    "priority.filler": "Gives way to everything",
    "priority.relay": "Gives way to the commune's own",
    "priority.own": "Whichever began first goes on",
    "priority.announcement": "Before ordinary programmes",
    "priority.priority_commune": "The commune's priority",
    "priority.priority_above": "Priority from above",
    strength_rule: "The order: emergency, priority, announcement, ordinary, relay.",
    conflict: "A clash",
    conflict_more: "and {count} more in the next 6 weeks",
    move_after: "Move to {time}",
    move_before: "Earlier, at {time}",
    stronger: "Let this one go first",
    elsewhere: "Leave out the {count:cluster that clashes|# clusters that clash}",
    save_anyway: "Save it as it is",
    change_more: "Change it",
    about_call: "Ask somebody in the village whether the cluster has power.",
    about_net: "See on the Clusters page whether 4G and the SIM are all right.",
    about_box: "Ask the technician to look at this cluster's box.",
    about_clash: "Choose another time, or let this one go first.",
    about_rests: "Switch the cluster on again on the Clusters page if it is to be heard.",
    about_hushed: "Move it so that people can sleep, or change the quiet hours in the settings.",
    about_relay: "See whether the relay's source is all right; the boxes played a fallback if they had one.",
  },
);

const WEEKDAYS = {
  vi: ["T2", "T3", "T4", "T5", "T6", "T7", "CN"],
  en: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
} as const;
const WHOLE = {
  vi: ["thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"],
  en: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
} as const;

/** `T4`. */
export const weekdayWord = (number: number): string => WEEKDAYS[tongue.now][number] ?? "";
/** `thứ Tư 25/11`. */
export const dayLong = (iso: string): string => `${WHOLE[tongue.now][weekday(iso)]} ${short(iso)}`;
/** `T4 25/11`. */
export const dayWord = (iso: string): string => `${weekdayWord(weekday(iso))} ${short(iso)}`;

export const lengthWord = (us: number): string => {
  const seconds = Math.round(us / 1_000_000);
  if (seconds < 60) return word("seconds", { count: seconds });
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? word("minutes", { count: minutes }) : word("hours", { hours: Math.floor(minutes / 60), count: minutes % 60 });
};

const monthDay = (day: number): string => (day === -1 ? word("last_of_month") : String(day));

/** Days that follow one another, together. */
const runs = (days: readonly number[]): number[][] => {
  const found: number[][] = [];
  for (const day of days) {
    const last = found.at(-1);
    if (last && last.at(-1) === day - 1) last.push(day);
    else found.push([day]);
  }
  return found;
};
const runWord = (run: readonly number[]): string =>
  run.length > 2 ? `${weekdayWord(run[0] ?? 0)}–${weekdayWord(run.at(-1) ?? 0)}` : run.map(weekdayWord).join(", ");

/** How it repeats, in few words; `long` for a sentence. */
export const repeatsWord = (found: { kind: string; days?: readonly number[] }, long = false): string => {
  const days = found.days ?? [];
  switch (found.kind) {
    case "once":
    case "daily":
      return word(found.kind);
    case "weekly":
      if (days.join() === "0,1,2,3,4") return word(long ? "workdays.long" : "workdays");
      return runs(days).map(runWord).join(", ");
    case "monthly":
      return word("monthly", { days: days.map(monthDay).join(", ") });
    default:
      return word("own");
  }
};

/** The whole of when, for a row and a sentence. */
export const whenWord = (when: When): string => {
  if (when.kind === "once") return dayLong(when.day);
  const until = when.last ? ` ${word("until", { day: short(when.last) })}` : "";
  return repeatsWord(recurrenceOf(when), true) + until;
};

/** How it repeats, to stand alone: `Hằng ngày`. */
export const habitWord = (when: When): string => {
  const repeats = repeatsWord(recurrenceOf(when));
  return repeats.charAt(0).toUpperCase() + repeats.slice(1);
};

const STRENGTHS: Priority[] = ["filler", "relay", "own", "announcement", "priority_commune", "priority_above"];
export const strengthWord = (priority: Priority): string =>
  STRENGTHS.includes(priority) ? word(`priority.${priority}` as "priority.own") : priority;

/** How much softer than others. */
export const gainWord = (cb: number): string =>
  word(cb >= 0 ? "gain.full" : cb >= -300 ? "gain.little" : cb >= -600 ? "gain.softer" : cb >= -900 ? "gain.much" : "gain.least");
