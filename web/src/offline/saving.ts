/** Takes along the region around a place while there is a network. */
import type { Point } from "./geodesic";
import { type RegionPack, type RegionData, applyPack } from "./pack";
import { openShelf } from "./store";
import { formatCivilDate } from "./time";

const FORMAT = 6; // another one is thrown away and fetched anew
const FRESH_MS = 5 * 60_000;
const MARGIN_DEG = 0.25;
const PER_DEG = 2;

/** `checkedAt`: when the server last said that this is how things are, in ms. */
export type SavedRegion = RegionData & { format: number; etag: string; checkedAt: number };

const regions = openShelf<SavedRegion>("regions");
/** The one that is being kept: two answers within a second want the same. */
let turn: Promise<unknown> = Promise.resolve();

/** The region that is kept, or null. */
export async function readSavedRegion(): Promise<SavedRegion | null> {
  const all = (await regions.entries()).map(([, region]) => region).filter((region) => region.format === FORMAT);
  return all.sort((one, other) => other.checkedAt - one.checkedAt)[0] ?? null;
}

/** Keep the region around a point, as news where it is kept already; the last one gives way. In case of failure all stays. */
export function saveRegion(point: Point): Promise<SavedRegion | null> {
  const next = turn.then(() => around(point));
  turn = next.catch(() => undefined);
  return next;
}

async function around(point: Point): Promise<SavedRegion | null> {
  const before = await readSavedRegion();
  const cell = before && isWellInside(point, before) ? before.cell : cellOfPoint(point);
  if (before?.cell === cell && isFresh(before)) return before;
  const fresh = await fetched(cell, before?.cell === cell ? before : null);
  if (!fresh) return null;
  await regions.put(cell, fresh);
  for (const [key] of await regions.entries()) if (key !== cell) await regions.remove(key);
  return fresh;
}

/** The cell of half a degree in which a point lies, by its south-west corner (geo/region.py). */
export function cellOfPoint([lon, lat]: Point): string {
  const corner = (degrees: number, most: number) => Math.min(Math.floor(degrees * PER_DEG), most) / PER_DEG;
  return `${corner(lon, 359).toFixed(1)}_${corner(lat, 179).toFixed(1)}`;
}

/** So that who goes to and fro across a border does not fetch two regions in turns. */
function isWellInside([lon, lat]: Point, { box: [west, south, east, north] }: RegionData): boolean {
  const isEast = lon >= west + MARGIN_DEG && lon <= east - MARGIN_DEG;
  return isEast && lat >= south + MARGIN_DEG && lat <= north - MARGIN_DEG;
}

function isFresh(region: SavedRegion): boolean {
  const now = Date.now();
  return Math.abs(now - region.checkedAt) < FRESH_MS && formatCivilDate(now / 1000) === formatCivilDate(region.first);
}

async function fetched(cell: string, before: SavedRegion | null): Promise<SavedRegion | null> {
  const address = `/api/v1/stations/regions/${cell}`;
  const since = before ? `?since=${encodeURIComponent(before.version)}` : "";
  const headers = before ? { "If-None-Match": before.etag } : undefined;
  const response = await fetch(address + since, { headers, cache: "no-store" });
  const seen = { format: FORMAT, etag: response.headers.get("ETag") ?? "", checkedAt: Date.now() };
  if (before && response.status === 304) return { ...before, ...seen, etag: before.etag };
  if (!response.ok) return null;
  const whole = applyPack((await response.json()) as RegionPack, before);
  if (whole) return { ...whole, ...seen };
  return before ? fetched(cell, null) : null; // the difference is to something else than what is kept
}
