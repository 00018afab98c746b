/** Questions to what is saved. */
import { type Kept, kept } from "./saving";
import { type Nearest, nearest } from "./nearest";
import type { State } from "./opening";
import type { Box } from "./pack";
import { type Question, read, filtersOf, instant } from "./question";
import { acceptsState, asksHours, passesSieve } from "./filters";
import { type Region, open, openingAt } from "./region";

export type Mark = { id: string; name: string; kind: string; lon: number; lat: number; state: State };
export type Answered = { question: Question; found: Nearest; region: Region; savedAt: number };

let last: { of: Kept; from: number; region: Region } | undefined;

/** The answer of the phone to a question of the page; null where nothing saved holds the point. */
export async function ask(asked: URLSearchParams): Promise<Answered | null> {
  const now = Date.now();
  const question = read(asked, now);
  const saved = question && (await kept());
  if (!question || !saved || !holds(saved.box, question.point)) return null;
  const region = ready(saved, now);
  return { question, region, found: nearest(region, question), savedAt: saved.checkedAt };
}

/** Saved stations within a box (WGS84) that pass the question's filters now or at its time; null where none of the box is saved. */
export async function stationsWithin(box: Box, asked: URLSearchParams): Promise<{ stations: Mark[] } | null> {
  const [west, south, east, north] = box;
  const saved = await kept();
  if (!saved || west > saved.box[2] || east < saved.box[0] || south > saved.box[3] || north < saved.box[1]) return null;
  const [at, filters] = [instant(asked.get("at"), Date.now()), filtersOf(asked)];
  const stations = ready(saved, Date.now()).stations.filter(
    ({ lon, lat }) => lon >= west && lon <= east && lat >= south && lat <= north,
  );
  const passing = stations.filter((station) => {
    if (!passesSieve(station, filters, at)) return false;
    const until = at + Math.max(1, filters.stayMin * 60);
    return !asksHours(filters) || station.schedule.holds(at, until, (state) => acceptsState(filters, state));
  });
  return {
    stations: passing.map((station) => {
      const { id, name, kind, lon, lat } = station;
      return { id, name, kind, lon, lat, state: openingAt(station, at).state };
    }),
  };
}

/** Made ready once for all questions; anew when something that was said lapses. */
export function ready(saved: Kept, now: number): Region {
  const isSame = last?.of.checkedAt === saved.checkedAt && last.of.cell === saved.cell;
  if (last && isSame && now >= last.from && now / 1000 < last.region.validUntil) return last.region;
  const language = document.documentElement.lang.slice(0, 2);
  last = { of: saved, from: now, region: open(saved, now / 1000, language) };
  return last.region;
}

function holds([west, south, east, north]: Box, [lon, lat]: readonly [number, number]): boolean {
  return lon >= west && lon <= east && lat >= south && lat <= north;
}
