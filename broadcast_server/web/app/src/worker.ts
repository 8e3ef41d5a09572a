/// <reference lib="webworker" />
// The service worker: the app's own files are on the phone before they are asked for, and what the station tells a phone
// that is put away is shown. It touches nothing of the API: what the station says is never shown as new when it is old,
// and no command waits in a queue.
const worker = self as unknown as ServiceWorkerGlobalScope;

const VERSION = "__VERSION__";
const FILES = ["__SHELL__"];
const CACHE = `app-${VERSION}`;
const HOME = "/app/";

const addressOf = (name: string): string => (name === "index.html" ? HOME : HOME + name);

worker.addEventListener("install", (event) => {
  const fresh = FILES.map((name) => new Request(addressOf(name), { cache: "no-cache" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
});

worker.addEventListener("activate", (event) => {
  const forget = async (): Promise<void> => {
    const old = (await caches.keys()).filter((name) => name.startsWith("app-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await worker.clients.claim();
  };
  event.waitUntil(forget());
});

// A new version waits until the app asks for it: nobody's screen changes under their thumb during an emergency.
worker.addEventListener("message", (event) => {
  if (event.data === "take over") void worker.skipWaiting();
});

interface Told { title: string; body?: string; tag?: string; place?: string; lang?: string; at_ms?: number; kind?: string }

/** What cannot be read is told all the same: whoever is told looks, and a browser wants each push to be shown. */
const SOMETHING: Told = { title: "Đài có tin báo. – The station has a notice.", place: "/settings/notices" };

const toldBy = (data: PushMessageData | null): Told => {
  try {
    const told = data?.json() as Told | undefined;
    return told?.title ? told : SOMETHING;
  } catch {
    return SOMETHING;
  }
};

worker.addEventListener("push", (event) => {
  const { title, body = "", tag = "station", place = "/", lang = "vi", at_ms = Date.now(), kind } = toldBy(event.data);
  // Of one matter the newest alone is shown, and it rings again. An emergency stays until it was seen.
  const how = { body, tag, lang, timestamp: at_ms, renotify: true, requireInteraction: kind === "emergency", data: place };
  event.waitUntil(worker.registration.showNotification(title, how));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = `${HOME}#${String(event.notification.data)}`;
  const open = async (): Promise<void> => {
    const [here] = await worker.clients.matchAll({ type: "window" });
    if (!here) return void (await worker.clients.openWindow(address));
    await here.navigate(address);
    await here.focus();
  };
  event.waitUntil(open());
});

worker.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin || !pathname.startsWith(HOME)) return;
  const found = event.request.mode === "navigate" ? HOME : event.request;
  const kept = async (): Promise<Response> =>
    (await (await caches.open(CACHE)).match(found, { ignoreSearch: true })) ?? fetch(event.request);
  event.respondWith(kept());
});
