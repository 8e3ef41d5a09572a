/** Files that were still on their way when the app ended go on when it begins, whatever its first screen is. */

export const STORE = "library";
export const PARCELS = "parcels";

/** How many are kept on this phone; asked of their own store, since whatever is noted beside it may lag behind. */
const waiting = async (): Promise<number> => {
  if (!(await indexedDB.databases()).some((one) => one.name === STORE)) return 0;
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(STORE);
    asked.onerror = () => reject(asked.error ?? new Error(STORE));
    asked.onsuccess = () => {
      const reading = asked.result.transaction(PARCELS);
      const count = reading.objectStore(PARCELS).count();
      count.onsuccess = () => resolve(count.result);
      count.onerror = () => reject(count.error ?? new Error(STORE));
      reading.oncomplete = () => asked.result.close();
    };
  });
};

export const goOn = async (who: string): Promise<void> => {
  if (!(await waiting())) return;
  const { uploads } = await import("../screens/library/Library.svelte");
  await uploads.begin(who);
};
