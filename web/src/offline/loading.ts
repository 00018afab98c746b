/** What is saved, ready to be asked. */
import { type SavedRegion, readSavedRegion } from "./saving";
import { passesFilters } from "./nearest";
import type { State } from "./opening";
import type { Box } from "./pack";
import { parseFilters, parseInstant } from "./question";
import { type Region, openRegion, computeOpening } from "./region";

export type StationMark = { id: string; name: string; kind: string; lon: number; lat: number; state: State };

let last: { of: SavedRegion; from: number; region: Region } | undefined;

/** The saved region as it is now, and when it was saved (ms); null where there is none. */
export async function loadRegion(now: number): Promise<{ region: Region; savedAt: number } | null> {
  const saved = await readSavedRegion();
  return saved && { region: prepareRegion(saved, now), savedAt: saved.checkedAt };
}

/** Saved stations within a box (WGS84) that pass the question's filters now or at its time; null where none of the box is saved. */
export async function findStationsWithin(box: Box, asked: URLSearchParams): Promise<{ stations: StationMark[] } | null> {
  const [west, south, east, north] = box;
  const now = Date.now();
  const region = (await loadRegion(now))?.region;
  if (!region || west > region.box[2] || east < region.box[0] || south > region.box[3] || north < region.box[1]) return null;
  const [at, filters] = [parseInstant(asked.get("at"), now), parseFilters(asked)];
  const passing = region.stations.filter((station) => isInBox(box, [station.lon, station.lat]) && passesFilters(station, { filters, start: at }, at));
  return {
    stations: passing.map((station) => {
      const { id, name, kind, lon, lat } = station;
      return { id, name, kind, lon, lat, state: computeOpening(station, at).state };
    }),
  };
}

/** Made ready once for all questions; anew when something that was said lapses. */
function prepareRegion(saved: SavedRegion, now: number): Region {
  const isSame = last?.of.checkedAt === saved.checkedAt && last.of.cell === saved.cell;
  if (last && isSame && now >= last.from && now / 1000 < last.region.validUntil) return last.region;
  const language = document.documentElement.lang.slice(0, 2);
  last = { of: saved, from: now, region: openRegion(saved, now / 1000, language) };
  return last.region;
}

export function isInBox([west, south, east, north]: Box, [lon, lat]: readonly [number, number]): boolean {
  return lon >= west && lon <= east && lat >= south && lat <= north;
}
