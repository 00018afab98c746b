/** Answers of the phone in the shape of the API's (yihui/answers.py). */
import { ready } from "./ask";
import { type Hit, type Nearest, type Skip, nearest } from "./nearest";
import { type Pack, saved } from "./pack";
import { kept } from "./saving";
import { type Usual, API, read } from "./question";
import { type Region, open, told } from "./region";
import { civilDate } from "./time";

type Data = Record<string, unknown>;

/** The answers to several questions, each the query of an address, from one pack. `now` in ms. */
export function answered(pack: Pack, queries: string[], now: number, language = "en", usual: Usual = API): (Data | null)[] {
  const whole = saved(pack, null);
  if (!whole) return queries.map(() => null);
  const region = open(whole, now / 1000, language);
  return queries.map((query) => answer(region, new URLSearchParams(query), now, usual));
}

/** The same from what is saved; null where nothing is. */
export async function answeredBySaved(queries: string[]): Promise<(Data | null)[] | null> {
  const now = Date.now();
  const region = await kept();
  return region && queries.map((query) => answer(ready(region, now), new URLSearchParams(query), now, API));
}

function answer(region: Region, asked: URLSearchParams, now: number, usual: Usual): Data | null {
  const question = read(asked, now, usual);
  return question && asData(region, nearest(region, question));
}

function asData(region: Region, found: Nearest): Data {
  return {
    results: found.results.map((hit) => ofHit(region, hit)),
    skipped: found.skipped.map(ofSkip),
    grown_to_m: found.grownToM,
    first_to_open: found.firstToOpen && ofHit(region, found.firstToOpen),
    is_whole: found.isWhole,
  };
}

function ofHit(region: Region, hit: Hit): Data {
  const { station, opening } = hit;
  return {
    id: station.id,
    name: station.name,
    lon: station.lon,
    lat: station.lat,
    facilities: [...station.usable],
    distance_m: hit.metres,
    bearing: hit.bearing,
    minutes: hit.minutes,
    at: civil(hit.at),
    state: opening.state,
    until: civil(opening.until),
    opens_at: civil(opening.opensAt),
    closes_at: civil(opening.closesAt),
    reason: told(region, opening.reason, opening.params),
    live: hit.notes.map((note) => told(region, note.reason, note.params)),
  };
}

function ofSkip(skip: Skip): Data {
  return { id: skip.station.id, distance_m: skip.metres, reason: skip.reason };
}

/** In civil time, ISO 8601 with its offset. */
function civil(instant: number | null): string | null {
  if (instant === null) return null;
  const time = new Date((instant + 8 * 3600) * 1000).toISOString().slice(11, 19);
  return `${civilDate(instant)}T${time}+08:00`;
}
