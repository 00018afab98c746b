/** What is saved, ready to be asked. */
import { type Kept, kept } from "./saving";
import { passes } from "./nearest";
import type { State } from "./opening";
import type { Box } from "./pack";
import { filtersOf, instant } from "./question";
import { type Region, open, openingAt } from "./region";

export type Mark = { id: string; name: string; kind: string; lon: number; lat: number; state: State };

let last: { of: Kept; from: number; region: Region } | undefined;

/** The saved region as it is now, and when it was saved (ms); null where there is none. */
export async function opened(now: number): Promise<{ region: Region; savedAt: number } | null> {
  const saved = await kept();
  return saved && { region: ready(saved, now), savedAt: saved.checkedAt };
}

/** Saved stations within a box (WGS84) that pass the question's filters now or at its time; null where none of the box is saved. */
export async function stationsWithin(box: Box, asked: URLSearchParams): Promise<{ stations: Mark[] } | null> {
  const [west, south, east, north] = box;
  const now = Date.now();
  const region = (await opened(now))?.region;
  if (!region || west > region.box[2] || east < region.box[0] || south > region.box[3] || north < region.box[1]) return null;
  const [at, filters] = [instant(asked.get("at"), now), filtersOf(asked)];
  const passing = region.stations.filter((station) => holds(box, [station.lon, station.lat]) && passes(station, { filters, start: at }, at));
  return {
    stations: passing.map((station) => {
      const { id, name, kind, lon, lat } = station;
      return { id, name, kind, lon, lat, state: openingAt(station, at).state };
    }),
  };
}

/** Made ready once for all questions; anew when something that was said lapses. */
function ready(saved: Kept, now: number): Region {
  const isSame = last?.of.checkedAt === saved.checkedAt && last.of.cell === saved.cell;
  if (last && isSame && now >= last.from && now / 1000 < last.region.validUntil) return last.region;
  const language = document.documentElement.lang.slice(0, 2);
  last = { of: saved, from: now, region: open(saved, now / 1000, language) };
  return last.region;
}

export function holds([west, south, east, north]: Box, [lon, lat]: readonly [number, number]): boolean {
  return lon >= west && lon <= east && lat >= south && lat <= north;
}
