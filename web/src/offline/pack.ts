/** A region as the server packs it (yihui/views/region_pack.py), and as the phone holds it. */
import type { TypedRules } from "./typed_words";

type Values<T> = T[] | { values: T[]; of: number[] };
type Columns = { [K in keyof Row]: Values<Row[K]> };
type Params = Record<string, string>;
type Box = [west: number, south: number, east: number, north: number];

/** A station as the register has it; sets come as lines. lon and lat are WGS84. */
type Row = {
  id: string;
  name: string;
  kind: string;
  lon: number;
  lat: number;
  address: string;
  district: string | null;
  district_name: string;
  hours_text: string;
  entry: string;
  access: string;
  facilities: string;
  phone: string;
  note: string;
  status: string;
  verified_on: string | null;
  source: string;
  sample: boolean;
  employer: string;
  accepts: string;
  area_m2: number | null;
};

export type LiveNote = {
  state: string;
  since: number;
  until: number;
  reason: string;
  params: Params;
  reporters: number;
  facility: string;
};

/** A district, city or province of the region, by the middle of its places; `elsewhere` of them are not in the region. */
type Area = { name: string; areas: string; count: number; lon: number | null; lat: number | null; elsewhere: number };

/** The best known places of the cell itself, by columns; in ten thousandths of a degree from its south-west corner. */
export type Names = {
  kinds: string[];
  areas: string[];
  kind: number[];
  area: number[];
  name: string[];
  lon: number[];
  lat: number[];
};

/** Where the area ends that the site shows: longitude and latitude of points 1 km apart in turns, in hundredths of a degree. */
export type Limits = { area: string; border: number[] };

/** What server and phone hold alike. Times in seconds, UTC. */
type Common = {
  cell: string;
  version: string;
  box: Box;
  first: number;
  last: number;
  schedules: number[][][];
  reasons: [string, Params][];
  live: Record<string, LiveNote[]>;
  silences: Record<string, LiveNote>;
  let_in: Record<string, number>;
  areas: Record<string, Area>;
  names?: Names | null; // none where the site has none, and in a difference
  limits?: Limits | null; // none where other areas are far
  labels: Record<string, Record<string, string>>;
  words: Record<string, Record<string, string>>;
  typed: TypedRules;
};

export type RegionPack = Common & { since: string | null; stations: Columns; gone: string[]; hours: Values<number> };
/** As it lies in the phone's store: stations in the order of ids, and the number of each one's schedule. */
export type RegionData = Common & { rows: Row[]; hours: number[] };
export type { Area, Box, Params, Row };

/** What is to be saved after a pack has come; null where a difference doesn't fit to what is held. */
export function applyPack(pack: RegionPack, before: RegionData | null): RegionData | null {
  const rows = pack.since === null ? rowsOf(pack.stations) : merged(pack, before);
  const hours = values(pack.hours);
  if (!rows || rows.length !== hours.length) return null;
  const { cell, version, box, first, last, schedules, reasons, live, silences, let_in, areas, limits = null, labels, words, typed } = pack;
  const names = pack.names ?? (pack.since === null ? null : before?.names); // a difference brings none
  return { cell, version, box, first, last, schedules, reasons, live, silences, let_in, areas, names, limits, labels, words, typed, rows, hours };
}

function merged(pack: RegionPack, before: RegionData | null): Row[] | null {
  if (!before || before.cell !== pack.cell || before.version !== pack.since) return null;
  const fresh = rowsOf(pack.stations);
  const changed = new Set([...pack.gone, ...fresh.map((row) => row.id)]);
  return [...before.rows.filter((row) => !changed.has(row.id)), ...fresh].sort((a, b) => compareByCodePoint(a.id, b.id));
}

/** Built field by field: browsers read objects that all grew alike much faster. */
function rowsOf(columns: Columns): Row[] {
  const rows = values(columns.id).map(() => ({}) as Record<string, unknown>);
  for (const name of Object.keys(columns) as (keyof Row)[]) {
    const column = values(columns[name] as Values<unknown>);
    for (const [at, row] of rows.entries()) row[name] = column[at];
  }
  return rows as unknown as Row[];
}

function values<T>(column: Values<T>): T[] {
  return Array.isArray(column) ? column : column.of.map((number) => column.values[number] as T);
}

/** The order of ids on the server, which is that of code points and not of UTF-16. */
export function compareByCodePoint(one: string, other: string): number {
  if (one === other) return 0;
  const [a, b] = [Array.from(one), Array.from(other)];
  const first = a.findIndex((char, at) => char !== b[at]);
  if (first < 0) return -1;
  return (a[first]?.codePointAt(0) ?? 0) - (b[first]?.codePointAt(0) ?? -1);
}
