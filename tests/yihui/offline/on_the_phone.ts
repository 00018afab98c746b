/** The phone's own parts, called in Node: its answers in the shape of the API's (yihui/views/stations.py), and what it keeps. */
import { type Hit, type Nearest, type Skip, nearest } from "../../../web/src/offline/nearest";
import { type Pack, type Saved, saved } from "../../../web/src/offline/pack";
import { type Question, read } from "../../../web/src/offline/question";
import { type Region, open, told } from "../../../web/src/offline/region";
import { civilDate } from "../../../web/src/offline/time";

type Data = Record<string, unknown>;

/** The answers to several questions, each the query of an address, from one pack. `now` in ms. */
export function answered(pack: Pack, queries: string[], now: number): (Data | null)[] {
  const whole = saved(pack, null);
  if (!whole) return queries.map(() => null);
  const region = open(whole, now / 1000, "en");
  return queries.map((query) => answer(region, new URLSearchParams(query), now));
}

/** Whether differences make of what is held what is sent whole. */
export function sameAfterEach(first: Pack, steps: [difference: Pack, whole: Pack | null][]): boolean[] {
  let held: Saved | null = saved(first, null);
  return steps.map(([difference, whole]) => {
    held = saved(difference, held);
    return JSON.stringify(held) === JSON.stringify(whole && saved(whole, null));
  });
}

function answer(region: Region, asked: URLSearchParams, now: number): Data | null {
  const question = read(asked, now);
  return question && asData(region, question, nearest(region, question));
}

function asData(region: Region, question: Question, found: Nearest): Data {
  return {
    results: found.results.map((hit) => ofHit(region, question, hit)),
    skipped: found.skipped.map(ofSkip),
    grown_to_m: found.grownToM,
    first_to_open: found.firstToOpen && ofHit(region, question, found.firstToOpen),
    is_whole: found.isWhole,
  };
}

function ofHit(region: Region, { secondsPerM }: Question, hit: Hit): Data {
  const { station, opening } = hit;
  return {
    id: station.id,
    name: station.name,
    lon: station.lon,
    lat: station.lat,
    facilities: [...station.usable],
    distance_m: hit.metres,
    bearing: hit.bearing,
    minutes: secondsPerM ? (hit.metres * secondsPerM) / 60 : null,
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
