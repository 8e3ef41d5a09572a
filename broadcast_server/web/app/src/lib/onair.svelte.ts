/** What sounds now, put together from what each cluster has on air. */

import { answer, api, refusal } from "./api";
import { clock } from "./clock.svelte";
import { feed, type OnAir } from "./feed.svelte";
import { isOpen } from "./voice/live.svelte";

/** Which word of the shell says that it sounds. */
export const CALLED = { emergency: "emergency", drill: "drill", live: "on_air", programme: "on_air" } as const;

export interface Show {
  key: string;
  title: string;
  kind: "emergency" | "drill" | "live" | "programme";
  order: string | null;
  since_us: number | null;
  end_us: number;
  clusters: string[];
  airings: string[];
  playing: number;
  loudspeakers: number;
  /** The clusters that were told so and do not play, by name, once they have had the time to. */
  missing: string[];
}

/** So soon after an order was given nobody is missing yet. */
export const SOON_US = 6_000_000;

/** The order whose own screen shows how to stop it. */
export const shown = $state({ order: null as string | null });

const kindOf = (on: OnAir): Show["kind"] => {
  const kind = feed.orders.find((one) => one.id === on.order_id)?.kind ?? "programme";
  return kind === "live_emergency" ? "emergency" : kind;
};

/** Of an order all that were told are counted, those too that do not answer. */
const countAll = (show: Show): void => {
  const order = feed.orders.find((one) => one.id === show.order);
  const told = order?.clusters ?? [];
  const sum = (some: typeof told): number => some.reduce((total, one) => total + one.loudspeakers, 0);
  if (!order || !told.length) return;
  show.loudspeakers = sum(told);
  show.playing = sum(told.filter((one) => one.state === "PLAYING"));
  if (clock.now - order.made_us < SOON_US) return;
  const away = told.filter((one) => one.playing === null).map((one) => one.cluster_id);
  show.missing = feed.clusters.filter((one) => away.includes(one.id)).map((one) => one.name);
};

/** The loudest concern first: what was ordered, then what has the most clusters. */
export const shows = (): Show[] => {
  const found = new Map<string, Show>();
  for (const cluster of feed.clusters) {
    const on = cluster.on_air;
    if (!on || (!feed.live && on.end_us < clock.now)) continue; // what was kept is over by now
    const key = on.order_id ?? on.occurrence_id ?? on.airing_id;
    const show = found.get(key) ?? {
      key, title: on.title, kind: kindOf(on), order: on.order_id, since_us: on.started_us, end_us: on.end_us,
      clusters: [], airings: [], playing: 0, loudspeakers: 0, missing: [],
    };
    show.clusters.push(cluster.id);
    show.airings.push(on.airing_id);
    show.loudspeakers += on.loudspeakers;
    show.playing += on.playing === null ? 0 : on.loudspeakers;
    found.set(key, show);
  }
  for (const show of found.values()) countAll(show);
  const weight = (show: Show): number => (show.order ? 1000 : 0) + show.clusters.length;
  return [...found.values()].sort((a, b) => weight(b) - weight(a));
};

/** Which time of how many an order is said now, `2/3`; nothing of one that is said once, nor where it is not
 * known whether it goes on. */
export const turnOf = (id: string | null): string => {
  const order = feed.orders.find((one) => one.id === id);
  if (!order?.progress || !feed.live) return "";
  const { first_end_us, each_us } = order.progress;
  const later = Math.ceil((clock.now - first_end_us) / each_us);
  return `${Math.min(Math.max(later, 0) + 1, order.rounds)}/${order.rounds}`;
};

/** So long an answer is waited for; then it may be pressed again, which does no harm. */
const PATIENCE_MS = 8000;

/** Silence these airings; everything, if none is named or the station does not know them. Returns how many clusters
 * were told. */
export const stop = async (airings: string[] = []): Promise<number> => {
  try {
    const told = await answer(api.POST("/api/v1/stop", {
      body: { airings, clusters: [], dry_run: false },
      signal: AbortSignal.timeout(PATIENCE_MS),
    }));
    return told.clusters.length;
  } catch (error) {
    if (airings.length && refusal(error).status === 404) return stop();
    throw error;
  }
};

/** Silence that and nothing beside it: an order wherever it was given, on its way too. All is silenced where nothing
 * else is on air or on its way, and where it is not known what is. */
export const silence = ({ order, airings }: Show): Promise<number> => {
  const open = feed.orders.filter((one) => !one.over);
  const alone = !isOpen() && shows().length < 2 && open.every((one) => one.id === order);
  const told = open.find((one) => one.id === order)?.clusters;
  if (alone || !feed.live || (order && !told)) return stop();
  return stop(told?.map((one) => one.airing_id) ?? airings);
};
