/** What the phone keeps of Yihui: one database, and memory where the browser refuses one (private windows). */
import { type IDBPDatabase, openDB } from "idb";

const DATABASE = "yihui";
const VERSION = 2;
const SHELVES = ["regions", "reports", "rests"] as const;
export type ShelfName = (typeof SHELVES)[number];

/** Values by their keys, in the order of keys. Reading and writing never fail: at worst nothing lasts. */
export interface Shelf<T> {
  get(key: string): Promise<T | undefined>;
  put(key: string, value: T): Promise<void>;
  entries(): Promise<[key: string, value: T][]>;
  remove(key: string): Promise<void>;
  /** Whether what was put there is still there when the page is opened anew. */
  lasts(key: string): boolean;
}

let opened: Promise<IDBPDatabase | null> | undefined;
const remembered: Record<ShelfName, Map<string, unknown>> = { regions: new Map(), reports: new Map(), rests: new Map() };

export function openShelf<T>(name: ShelfName): Shelf<T> {
  const memory = remembered[name] as Map<string, T>;
  return {
    async get(key) {
      return memory.get(key) ?? (await attempt((database) => database.get(name, key) as Promise<T | undefined>));
    },
    async put(key, value) {
      memory.delete(key);
      const kept = await attempt(async (database) => (await database.put(name, value, key), true));
      if (!kept) memory.set(key, value);
    },
    async entries() {
      const both = new Map<string, T>((await attempt((database) => listed<T>(database, name))) ?? []);
      for (const [key, value] of memory) both.set(key, value);
      return [...both].sort(([one], [other]) => (one < other ? -1 : 1));
    },
    async remove(key) {
      memory.delete(key);
      await attempt((database) => database.delete(name, key));
    },
    lasts(key) {
      return !memory.has(key);
    },
  };
}

async function listed<T>(database: IDBPDatabase, name: ShelfName): Promise<[string, T][]> {
  const reading = database.transaction(name);
  const [keys, values] = await Promise.all([reading.store.getAllKeys(), reading.store.getAll()]);
  return keys.map((key, at) => [String(key), values[at] as T]);
}

/** What the database says, or undefined where there is none or it fails (no room left, taken away). */
async function attempt<T>(work: (database: IDBPDatabase) => Promise<T>): Promise<T | undefined> {
  try {
    const there = await database();
    return there ? await work(there) : undefined;
  } catch {
    return undefined;
  }
}

function database(): Promise<IDBPDatabase | null> {
  opened ??= opening().catch(() => null);
  return opened;
}

async function opening(): Promise<IDBPDatabase> {
  const made = await openDB(DATABASE, VERSION, {
    upgrade(fresh) {
      for (const name of SHELVES) if (!fresh.objectStoreNames.contains(name)) fresh.createObjectStore(name);
    },
    blocking() {
      made.close(); // a newer page wants to change it
      opened = undefined;
    },
    terminated() {
      opened = undefined;
    },
  });
  return made;
}
