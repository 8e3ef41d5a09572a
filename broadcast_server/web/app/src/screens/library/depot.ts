/** What must outlive the app on this phone: files on their way to the station, and recordings that are not finished. */

import { PARCELS, STORE } from "../../lib/pending";

/** A file on its way. `url`: where its bytes go, once the station has said so; `whole`: the station has them all. */
export interface Parcel {
  id: string;
  who: string;
  name: string;
  title: string;
  size: number;
  url: string | null;
  paused: boolean;
  whole: boolean;
  made_ms: number;
}

/** A recording in pieces; `heard_ms` long as far as it is kept. */
export interface Take {
  id: string;
  who: string;
  type: string;
  made_ms: number;
  heard_ms: number;
}

const STORES = [PARCELS, "files", "takes", "pieces"] as const;
type Store = (typeof STORES)[number];

let opened: Promise<IDBDatabase> | null = null;

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the phone's store failed"));
  });

const open = (): Promise<IDBDatabase> => {
  opened ??= (async () => {
    const asked = indexedDB.open(STORE, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(PARCELS, { keyPath: "id" });
      asked.result.createObjectStore("files");
      asked.result.createObjectStore("takes", { keyPath: "id" });
      asked.result.createObjectStore("pieces");
    };
    return done(asked);
  })();
  opened.catch(() => (opened = null));
  return opened;
};

type Stores = Record<Store, IDBObjectStore>;

/** All of it or nothing, and on the disk when this returns. */
const change = async (act: (stores: Stores) => void): Promise<void> => {
  const change = (await open()).transaction(STORES, "readwrite", { durability: "strict" });
  act(Object.fromEntries(STORES.map((name) => [name, change.objectStore(name)])) as Stores);
  await new Promise<void>((resolve, reject) => {
    change.oncomplete = () => resolve();
    change.onabort = change.onerror = () => reject(change.error ?? new Error("the phone's store failed"));
  });
};

const read = async <T>(store: Store, ask: (from: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
  done(ask((await open()).transaction(store).objectStore(store)));

const piecesOf = (take: string): IDBKeyRange => IDBKeyRange.bound([take, 0], [take, Infinity]);

const mine = <Row extends { who: string; made_ms: number }>(rows: Row[], who: string): Row[] =>
  rows.filter((row) => row.who === who).sort((a, b) => a.made_ms - b.made_ms);

export const parcels = async (who: string): Promise<Parcel[]> =>
  mine(await read("parcels", (from) => from.getAll() as IDBRequest<Parcel[]>), who);

export const parcel = (id: string): Promise<Parcel | undefined> =>
  read("parcels", (from) => from.get(id) as IDBRequest<Parcel | undefined>);

export const fileOf = (id: string): Promise<Blob | undefined> =>
  read("files", (from) => from.get(id) as IDBRequest<Blob | undefined>);

/** Keep a file to be sent; the take it was made of, if it was, is no longer one. */
export const post = (row: Parcel, file: Blob, take?: string): Promise<void> =>
  change(({ parcels, files, takes, pieces }) => {
    parcels.put(row);
    files.put(file, row.id);
    if (!take) return;
    takes.delete(take);
    pieces.delete(piecesOf(take));
  });

/** How it stands now. Its bytes stay until it is dropped: the station may still refuse what it has. */
export const note = (row: Parcel): Promise<void> => change(({ parcels }) => void parcels.put(row));

export const drop = (id: string): Promise<void> =>
  change(({ parcels, files }) => {
    parcels.delete(id);
    files.delete(id);
  });

export const takes = async (who: string): Promise<Take[]> =>
  mine(await read("takes", (from) => from.getAll() as IDBRequest<Take[]>), who);

/** One more piece of a take, and how long it is with it. */
export const keep = (take: Take, number: number, piece: ArrayBuffer): Promise<void> =>
  change(({ takes, pieces }) => {
    takes.put(take);
    pieces.put(piece, [take.id, number]);
  });

/** A take as it is kept. */
export const soundOf = async (take: Take): Promise<Blob> =>
  new Blob(await read("pieces", (from) => from.getAll(piecesOf(take.id)) as IDBRequest<ArrayBuffer[]>), { type: take.type });

export const forgetTake = (id: string): Promise<void> =>
  change(({ takes, pieces }) => {
    takes.delete(id);
    pieces.delete(piecesOf(id));
  });

/** Held by whichever window works on it; a window that ends or crashes lets go. Without locks there is one window. */
export const alone = async <T>(name: string, act: () => Promise<T>): Promise<T> =>
  navigator.locks ? await navigator.locks.request(`library-${name}`, act) : act();

/** Whether some window is at it. */
export const isHeld = async (name: string): Promise<boolean> =>
  ((await navigator.locks?.query())?.held ?? []).some((lock) => lock.name === `library-${name}`);
