/** What is not for an alarm, and comes at once after the first load. */

export { keepAhead } from "./lib/ahead";
export { goOn } from "./lib/pending";
export { default as Fresh } from "./parts/Fresh.svelte";
export { default as More } from "./screens/More.svelte";
export { default as Warning } from "./screens/relay/Warning.svelte";
export { default as FirstRun } from "./screens/settings/FirstRun.svelte";
export { default as Timetable } from "./screens/Timetable.svelte";
export { default as Todo } from "./screens/Todo.svelte";
