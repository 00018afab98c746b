/** Saved places by their names and addresses as they are written: yihui/files/street_names/search.py on the phone, without pinyin. */
import { compareByCodePoint } from "./pack";
import { writeDigits } from "./numerals";
import type { Region } from "./region";

const LONGEST = 200;
const MOST_WORDS = 6;
const PER_DEGREE = 10_000; // steps of 10 m
const IGNORED = /[\s·•,，.。、;；:：!！?？'’‘"“”()（）[\]【】<>《》/\\|_\-–—]+/g;
const LATIN = /^[a-z0-9]+$/;
const HOUSE = /([一-鿿])[0-9a-z]+(?:号|弄|巷|栋|幢|楼|室|单元).*/;
/** geo/place_names/query_words.py: what ends the names of our places. */
const OF_A_PLACE = /(..)(工会|职工|驿站|小屋|文化宫|服务中心)/g;
const AREA_SUFFIX = /(?:特别行政区|自治区|自治州|自治县|省|市|区|县)$/;
const AREA = /[^省市区县旗州盟]{1,7}?(?:特别行政区|自治区|自治州|省|市|区|县|旗|盟)/g;

/** A district, a station or a named place of the streets, whose `kind` is in `street`; `areas` is what it lies in, `over` the same one by one with itself, `count` how many stations a district has. */
export type Place = {
  kind: "district" | "station" | "street";
  street: string;
  id: string;
  name: string;
  address: string;
  areas: string;
  over: string[];
  district: string;
  count: number;
  lon: number | null;
  lat: number | null;
};
type SearchablePlace = { place: Place; name: string; address: string; areas: string };
/** How it may be meant: a smaller rank is likelier; `called` is that its name begins like that. */
export type PlaceMatch = { rank: number; called: boolean; place: Place };
type Look = (text: SearchablePlace, word: string) => boolean;

const EXACT: Look = ({ name }, word) => name === word;
const BEGINNING: Look = ({ name }, word) => name.startsWith(word);
const HOLDING: Look = ({ name }, word) => name.includes(word);
const ADDRESS_BEGINNING: Look = ({ address }, word) => address.startsWith(word);
const ADDRESS_HOLDING: Look = ({ address }, word) => address.includes(word);
// How somebody may mean a place, the likeliest first.
const BY_WRITING = [EXACT, BEGINNING, HOLDING, ADDRESS_BEGINNING, ADDRESS_HOLDING];
const BY_TYPING = [EXACT, BEGINNING, HOLDING, ADDRESS_HOLDING];

/** Whether pinyin may be meant. */
export function isPinyinLike(typed: string): boolean {
  return /[a-z]/.test(normalizeText(typed));
}

/** The likeliest first, each once; none where nothing fits. Names of streets are found by their numbers in either form. */
export function searchPlaces(region: Region, typed: string): PlaceMatch[] {
  const places = listPlaces(region);
  const inDigits = places.filter(({ place }) => place.kind === "street").map((one) => ({ ...one, name: writeDigits(one.name) }));
  const areas = new Set(Object.values(region.areas).map(({ name }) => normalizeText(name)));
  for (const words of splitQuery(typed, areas)) {
    const found = new Map<Place, PlaceMatch>();
    const written = words.flatMap((word, turn) => matchPlaces(places, word, words, turn));
    const matches = [...written, ...words.flatMap((word, turn) => matchPlaces(inDigits, word, words, turn, writeDigits))];
    for (const one of matches.sort((a, b) => a.rank - b.rank)) {
      if (!found.has(one.place)) found.set(one.place, one);
    }
    if (found.size) return [...found.values()];
  }
  return [];
}

/** A district's code, or an empty text, for each saved place whose whole name is the text; a district is also called without 市, 区 … */
export function listCalled(region: Region, text: string): string[] {
  const sought = normalizeText(text);
  const called = searchPlaces(region, text).filter(({ place: { kind, name } }) => {
    return [normalizeText(name), kind === "district" && normalizeText(name).replace(AREA_SUFFIX, "")].includes(sought);
  });
  return called.map(({ place }) => (place.kind === "district" ? place.id : ""));
}

export function findsPlace(region: Region, text: string): boolean {
  return searchPlaces(region, text).length > 0;
}

/** Whether a place is called as was typed, null where it isn't even like it: yihui/http/rider/place_choices.py. */
export function isCalled({ areas }: Region, place: Place, typed: string): boolean | null {
  if (place.kind === "street") return true;
  const over = codesOver(place.district).flatMap((code) => (areas[code] ? [normalizeText(areas[code].name)] : []));
  const names = [normalizeText(place.name), normalizeText(place.address), over.join("")];
  for (const word of typed.split(/\s+/).map(normalizeText)) {
    const rest = over.reduce((left, area) => removePrefix(removePrefix(left, area), area.replace(AREA_SUFFIX, "")), word);
    const sought = rest.length > 1 ? [word, rest] : [word];
    const isThere = !rest || /[a-z]/.test(word) || sought.some((one) => names.some((name) => name.includes(one)));
    if (!isThere) return rest.length === 1 && rest !== word ? null : false;
  }
  return true;
}

function removePrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

/** Those that hold all words, by how likely this one means them; `write` gives a word the form of the names, not of the areas. */
function matchPlaces(places: SearchablePlace[], word: string, words: string[], turn: number, write = (text: string) => text): PlaceMatch[] {
  const others = words.filter((other) => other !== word);
  const holds = ({ name, address, areas }: SearchablePlace, other: string) => name.includes(write(other)) || address.includes(other) || areas.includes(other);
  const there = places.filter((one) => others.every((other) => holds(one, other)));
  return (LATIN.test(word) ? BY_TYPING : BY_WRITING).flatMap((look, rank) => {
    const called = look === EXACT || look === BEGINNING;
    return there.filter((one) => look(one, write(word))).map(({ place }) => ({ rank: turn * BY_WRITING.length + rank, called, place }));
  });
}

function listPlaces(region: Region): SearchablePlace[] {
  const { areas, stations } = region;
  const districts = Object.entries(areas).map(([id, { name, areas: over, count, lon, lat }]): Place => {
    return { kind: "district", street: "", id, name, address: "", areas: over, over: [], district: id, count, lon, lat };
  });
  const others = stations.filter(({ status }) => status !== "closed_for_good").map((station): Place => {
    const { id, name, address, lon, lat } = station;
    const district = station.district ?? "";
    const area = areas[district];
    const over = [...new Set(codesOver(district).flatMap((code) => areas[code]?.name ?? []))];
    return { kind: "station", street: "", id, name, address, areas: area ? area.areas + area.name : station.district_name, over, district, count: 0, lon, lat };
  });
  districts.sort((a, b) => compareByCodePoint(a.id, b.id));
  others.sort((a, b) => compareByCodePoint(a.name, b.name) || compareByCodePoint(a.id, b.id));
  return [...districts, ...listNames(region), ...others].map((place) => {
    return { place, name: normalizeText(place.name), address: normalizeText(place.address), areas: normalizeText(place.areas) };
  });
}

/** The named places of the cell, as the pack lists them. */
function listNames({ names, cell, areas }: Region): Place[] {
  if (!names) return [];
  const [west, south] = cell.split("_").map(Number) as [number, number];
  return names.name.map((name, at): Place => {
    const district = names.areas[names.area[at] ?? -1] ?? "";
    const over = [...new Set(codesOver(district).flatMap((code) => areas[code]?.name ?? []))];
    const [lon, lat] = [west + (names.lon[at] ?? 0) / PER_DEGREE, south + (names.lat[at] ?? 0) / PER_DEGREE];
    return { kind: "street", street: names.kinds[names.kind[at] ?? -1] ?? "", id: "", name, address: "", areas: over.join(""), over, district, count: 0, lon, lat };
  });
}

/** Of the province, the city and the district. */
function codesOver(code: string): string[] {
  return [`${code.slice(0, 2)}0000`, `${code.slice(0, 4)}00`, code];
}

/** A text as it is compared: no spaces, no punctuation, no capitals, no full-width letters. */
export function normalizeText(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(IGNORED, "").replace(/ü/g, "v");
}

/** What may be meant, as words that must all be there: the whole, its words, then less and less of it; longest first. */
export function* splitQuery(typed: string, areas: ReadonlySet<string>): Generator<string[]> {
  const text = typed.slice(0, LONGEST);
  const whole = normalizeText(text);
  if (!whole) return;
  yield [whole];
  const words = text.split(/\s+/).map(normalizeText).filter(Boolean).slice(0, MOST_WORDS);
  if (words.length > 1) yield byLength(words);
  const parts = words.flatMap((word) => partsOf(word, areas));
  if (parts.length > words.length) yield byLength(parts);
  const street = parts.map((part) => part.replace(HOUSE, "$1")).filter(Boolean);
  if (street.length && street.join("\n") !== parts.join("\n")) yield byLength(street);
  const looser = parts.flatMap((part) => part.replace(OF_A_PLACE, "$1\n$2").split("\n"));
  if (looser.length > parts.length) yield byLength(looser);
}

function byLength(words: string[]): string[] {
  return [...words].sort((a, b) => b.length - a.length);
}

/** “济南市历下区泉城路” in its areas and the rest. Only the name of a known area may hold 市, 区 … itself (市北区, 胶州市). */
function partsOf(word: string, known: ReadonlySet<string>): string[] {
  const ways = new Map<number, string[]>([[0, []]]); // the areas up to each position at which some end
  const longest = Math.max(0, ...[...known].map((name) => name.length));
  for (let at = 0; at < word.length; at++) {
    const before = ways.get(at);
    if (!before) continue;
    for (let end = at + 2; end < Math.min(word.length, at + longest + 1); end++) {
      const name = word.slice(at, end);
      if (known.has(name) && !ways.has(end)) ways.set(end, [...before, name]);
    }
  }
  const from = Math.max(...ways.keys());
  const rest = word.slice(from);
  const areas = [...rest.matchAll(AREA)];
  const last = areas[areas.length - 1];
  const end = last ? (last.index ?? 0) + last[0].length : 0;
  return [...(ways.get(from) ?? []), ...areas.map(([area]) => area), rest.slice(end)].filter(Boolean);
}
