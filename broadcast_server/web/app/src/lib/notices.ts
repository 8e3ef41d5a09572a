/** Notices on this device while it is put away: whether it may be told, and its address, given anew whenever the app is
 * opened. It is fetched where somebody wants it. */

import { answer, api, Refusal, type Json } from "./api";
import { tongue } from "./language.svelte";
import { session } from "./session.svelte";

/** Whose notices this device is to show, by account; the app's first screen looks at it too. */
const WANTED = "notices";
/** So long a browser may take with its maker's servers. */
const PATIENCE_MS = 20_000;

/** `insecure`, `unable`: it cannot be told here; `blocked`: its owner has said no; `off`: nobody has asked for it. */
export type Standing = "insecure" | "unable" | "blocked" | "off" | "on";
type Told = Json["NoticesJson"];

const UNREACHABLE = new Refusal(
  0,
  "push_unreachable",
  "Máy chưa nối được với dịch vụ báo tin của trình duyệt. Kiểm tra mạng rồi thử lại; máy không có dịch vụ Google thì không nhận được.",
  "The device did not reach its browser's push service. Check the network and try again; without Google's services it cannot be told.",
);

const REFUSED = new Refusal(
  0,
  "notices_refused",
  "Chưa bật: máy chưa được phép hiện thông báo.",
  "Not turned on: the device may not show notifications.",
);

const registered = async (): Promise<ServiceWorkerRegistration | undefined> =>
  "serviceWorker" in navigator && "PushManager" in window && "Notification" in window
    ? navigator.serviceWorker.getRegistration("/app/")
    : undefined;

export const standing = async (told: Told): Promise<Standing> => {
  if (!isSecureContext) return "insecure";
  const registration = await registered();
  if (!registration) return "unable";
  if (Notification.permission === "denied") return "blocked";
  const here = Notification.permission === "granted" && (await registration.pushManager.getSubscription());
  return here && localStorage.getItem(WANTED) === session.me?.id && told.phones.some((one) => one.this) ? "on" : "off";
};

const same = (key: ArrayBuffer | null, text: string): boolean =>
  key !== null && btoa(String.fromCharCode(...new Uint8Array(key))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "") === text;

/** The browser's address for this station's key; one for another key is given up. */
const subscription = async (registration: ServiceWorkerRegistration, key: string): Promise<PushSubscription> => {
  const found = await registration.pushManager.getSubscription();
  if (found && same(found.options.applicationServerKey, key)) return found;
  await found?.unsubscribe();
  const late = new Promise<never>((_, no) => setTimeout(() => no(UNREACHABLE), PATIENCE_MS));
  const asked = registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  return Promise.race([asked.catch(() => Promise.reject(UNREACHABLE)), late]);
};

const give = async (registration: ServiceWorkerRegistration, key: string): Promise<void> => {
  const { endpoint, keys } = (await subscription(registration, key)).toJSON();
  const { p256dh = "", auth = "" } = keys ?? {};
  await answer(api.PUT("/api/v1/me/notices/phone", { body: { endpoint: endpoint ?? "", keys: { p256dh, auth }, language: tongue.now } }));
};

/** Ask the owner, if that was not done, and be told from now on. A Refusal if they said no. */
export const turnOn = async (key: string): Promise<void> => {
  const registration = await registered();
  if (!registration || (await Notification.requestPermission()) !== "granted") throw REFUSED;
  await give(registration, key);
  localStorage.setItem(WANTED, session.me?.id ?? "");
};

export const turnOff = async (told: Told): Promise<void> => {
  await (await (await registered())?.pushManager.getSubscription())?.unsubscribe(); // first: it needs no station
  localStorage.removeItem(WANTED);
  const here = told.phones.find((one) => one.this);
  if (here) await answer(api.DELETE("/api/v1/me/notices/phones/{phone_id}", { params: { path: { phone_id: here.id } } }));
};

/** The address may be another by now, the language, the session: say it all again, if this account wants it here. */
export const keep = async (): Promise<void> => {
  if (localStorage.getItem(WANTED) !== session.me?.id || !session.me) return;
  const registration = await registered();
  if (!registration || Notification.permission !== "granted") return;
  const { key } = await answer(api.GET("/api/v1/me/notices"));
  if (key) await give(registration, key);
};
