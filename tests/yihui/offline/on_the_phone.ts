/** The phone's own parts, called in Node: its answers in the shape of the API's (yihui/views/stations.py), and what it keeps. */
import { formatTelLink } from "../../../web/src/offline/card";
import { type NearestStation, type NearestResult, type SkippedStation, findNearest } from "../../../web/src/offline/nearest";
import { limitsText } from "../../../web/src/offline/limits";
import { findsPlace, listCalled, splitQuery } from "../../../web/src/offline/place_search";
import { type RegionPack, type RegionData, applyPack } from "../../../web/src/offline/pack";
import { writeDigits } from "../../../web/src/offline/numerals";
import { type NearestQuery, parseQuestion, selectLocationFields } from "../../../web/src/offline/question";
import { type Region, openRegion, renderText } from "../../../web/src/offline/region";
import { readTypedPoint, resolveTypedWords } from "../../../web/src/offline/typed_words";
import { formatMinutes, formatOpening } from "../../../web/src/offline/texts";
import { formatCivilDate } from "../../../web/src/offline/time";

export { formatMinutes, formatOpening, formatTelLink };

type Data = Record<string, unknown>;

/** The answers to several questions, each the query of an address, from one pack. `now` in ms. */
export function answered(pack: RegionPack, queries: string[], now: number): (Data | null)[] {
  const whole = applyPack(pack, null);
  if (!whole) return queries.map(() => null);
  const region = openRegion(whole, now / 1000, "en");
  return queries.map((query) => answer(region, new URLSearchParams(query), now));
}

/** Whether the phone says at each point, within each distance, that places beyond the border may be nearer. */
export function toldOfBorder(pack: RegionPack, asked: [point: [number, number], metres: number][], now: number): boolean[] {
  const whole = applyPack(pack, null);
  const region = whole && openRegion(whole, now / 1000, "en");
  return asked.map(([point, metres]) => region !== null && limitsText(region, point, metres) !== "");
}

/** What the words of each question mean, as the query of an address; null where they are a name, "fault" for a link without coordinates. */
export function resolvedWords(pack: RegionPack, queries: string[]): (string | null)[] {
  const whole = applyPack(pack, null);
  const region = whole && openRegion(whole, pack.first, "zh");
  return queries.map((query) => {
    const asked = new URLSearchParams(query);
    const isFault = readTypedPoint(pack.typed.points, selectLocationFields(asked).get("q") ?? "") === "no_coordinates";
    const [called, isFound] = [(text: string) => (region ? listCalled(region, text) : []), (text: string) => region !== null && findsPlace(region, text)];
    return resolveTypedWords(pack.typed, asked, called, isFound)?.toString() ?? (isFault ? "fault" : null);
  });
}

/** Names with their numerals as digits. */
export function writtenInDigits(names: string[]): string[] {
  return names.map(writeDigits);
}

/** The readings of each text as words. */
export function splitTexts(texts: string[], areas: string[]): string[][][] {
  const known = new Set(areas);
  return texts.map((typed) => [...splitQuery(typed, known)]);
}

/** Whether differences make of what is held what is sent whole. */
export function sameAfterEach(first: RegionPack, steps: [difference: RegionPack, whole: RegionPack | null][]): boolean[] {
  let held: RegionData | null = applyPack(first, null);
  return steps.map(([difference, whole]) => {
    held = applyPack(difference, held);
    return JSON.stringify(held) === JSON.stringify(whole && applyPack(whole, null));
  });
}

function answer(region: Region, asked: URLSearchParams, now: number): Data | null {
  const question = parseQuestion(asked, now);
  return question && asData(region, question, findNearest(region, question));
}

function asData(region: Region, question: NearestQuery, found: NearestResult): Data {
  return {
    results: found.results.map((hit) => ofHit(region, question, hit)),
    skipped: found.skipped.map(ofSkip),
    grown_to_m: found.grownToM,
    beyond: found.beyond.map(ofSkip),
    first_to_open: found.firstToOpen && ofHit(region, question, found.firstToOpen),
    is_whole: found.isWhole,
  };
}

function ofHit(region: Region, { pace }: NearestQuery, hit: NearestStation): Data {
  const { station, opening } = hit;
  return {
    id: station.id,
    name: station.name,
    lon: station.lon,
    lat: station.lat,
    facilities: [...station.usable],
    distance_m: hit.metres,
    bearing: hit.bearing,
    minutes: (hit.metres * pace) / 60,
    at: civil(hit.at),
    state: opening.state,
    until: civil(opening.until),
    opens_at: civil(opening.opensAt),
    closes_at: civil(opening.closesAt),
    reason: renderText(region, opening.reason, opening.params),
    live: hit.notes.map((note) => renderText(region, note.reason, note.params)),
  };
}

function ofSkip(skip: SkippedStation): Data {
  return { id: skip.station.id, distance_m: skip.metres, reason: skip.reason };
}

/** In civil time, ISO 8601 with its offset. */
function civil(instant: number | null): string | null {
  if (instant === null) return null;
  const time = new Date((instant + 8 * 3600) * 1000).toISOString().slice(11, 19);
  return `${formatCivilDate(instant)}T${time}+08:00`;
}
