/** What a rider typed that is no name, read by the pack's rules: a need, coordinates, or the link of a map app (geo/place_names/typed.py and typed_points.py, yihui/http/rider/typed_words.py). */
import { DATUMS, type Datum } from "./datum";
import { normalizeText } from "./place_search";
import { WAYS, selectLocationFields } from "./question";

type NeedRules = {
  codes: Record<string, string[]>;
  kinds: string[];
  filters: Record<string, [field: string, value: string]>;
  patterns: Record<"before" | "after" | "parts" | "and" | "between" | "around_place", string>;
  longest: number;
  longest_typed: number;
  shortest: number;
  simplified: Record<string, string>;
};
type CoordinateRules = Record<"sided" | "sexagesimal" | "coarse" | "decimal" | "decimal_degrees" | "pair" | "wrapped", string> & {
  marks: Record<string, string>;
  sides: Record<string, [axis: string, sign: number]>;
  china: [west: number, east: number, south: number, north: number];
};
type PointRules = {
  link: string;
  geo: string;
  hosts: Record<string, Datum>;
  datums: Record<string, Datum | null>;
  forms: [host: string, parameter: string, form: string][];
  pairs: [x: string, y: string][];
  axes: [letter: string, words: string][];
  fault: [message: string, remedy: string];
  shared_names: string[];
  shared_area: string;
  coordinates: CoordinateRules;
};
export type TypedRules = { needs: NeedRules; points: PointRules };
/** `datum` is that of a link; numbers are in the page's. */
export type TypedPoint = { lon: number; lat: number; datum: Datum | null };
type Angle = { degrees: number; axis: string | null; isCoarse: boolean };

const OF_WORDS = ["q", "near", "by"];
const POINT_FIELDS = new Set(Object.values(WAYS).flat());

/** The question that typed words mean, in the fields that ask it; null where a name was typed, or nothing. `listCalled` and `findsPlace` are those of place_search.ts. */
export function resolveTypedWords(rules: TypedRules, sent: URLSearchParams, listCalled: (text: string) => string[], findsPlace: (text: string) => boolean): URLSearchParams | null {
  const form = selectLocationFields(sent);
  const text = form.get("q");
  if (text === null) return null;
  const rest = without(sent, (name) => OF_WORDS.includes(name));
  const point = readTypedPoint(rules.points, text);
  if (point === "no_coordinates") {
    for (const name of listSharedPlaces(rules.points, text)) {
      form.set("q", name);
      const named = new URLSearchParams(sent);
      named.set("q", name);
      const meant = resolveTypedWords(rules, named, listCalled, findsPlace) ?? (findsPlace(name) ? form : null);
      if (meant) return meant;
    }
    return null;
  }
  if (!point) {
    const read = readNeeds(rules.needs, text);
    const { codes, place } = read.codes.length ? read : (listBesideReadings(rules.needs, text).find((one) => listCalled(one.place).length) ?? read);
    if (!codes.length || (place && listCalled(text).length)) return null;
    const meant = place ? form : selectLocationFields(rest);
    if (place) meant.set("q", place);
    const [district, ...others] = place ? listCalled(place) : [];
    if (district && !others.length) {
      for (const name of OF_WORDS) meant.delete(name);
      meant.set("district", district);
    }
    if (codes.some((code) => rules.needs.kinds.includes(code))) meant.delete("kind");
    for (const code of codes) {
      const filter = rules.needs.filters[code];
      if (filter) {
        meant.set(...filter);
        continue;
      }
      const field = rules.needs.kinds.includes(code) ? "kind" : "facility";
      if (!meant.getAll(field).includes(code)) meant.append(field, code);
    }
    return meant;
  }
  const meant = without(rest, (name) => POINT_FIELDS.has(name));
  meant.set("lon", String(point.lon));
  meant.set("lat", String(point.lat));
  meant.set("datum", point.datum ?? datumOf(sent));
  return meant;
}

function without(sent: URLSearchParams, isLeftOut: (name: string) => boolean): URLSearchParams {
  return new URLSearchParams([...sent].filter(([name]) => !isLeftOut(name)));
}

function datumOf(sent: URLSearchParams): Datum {
  return DATUMS.find((one) => one === sent.get("datum")) ?? "wgs84";
}

/** The codes of the facilities and kinds that a text asks for, and its rest, which names the place. */
function readNeeds(rules: NeedRules, typed: string): { codes: string[]; place: string } {
  if ([...typed].length > rules.longest_typed) return { codes: [], place: typed };
  const reader = new NeedReader(rules);
  const whole = reader.readWhole(reader.normalize(typed));
  if (whole !== null) return { codes: [whole], place: "" };
  const parts = typed.split(compile(rules.patterns.parts, "")).filter(Boolean).map((part) => reader.splitPart(part));
  const codes = [...new Set(parts.flatMap((part) => part.codes))];
  return { codes, place: codes.length ? parts.map(({ place }) => place).filter(Boolean).join(" ") : typed };
}

/** The readings of a text as a need or a kind right beside a place: 厕所历下. */
function listBesideReadings(rules: NeedRules, typed: string): { codes: string[]; place: string }[] {
  const reader = new NeedReader(rules);
  const text = [...typed].length <= rules.longest_typed ? reader.normalize(typed) : "";
  const ends = Array.from({ length: Math.max(0, text.length - 2 * rules.shortest + 1) }, (_, at) => at + rules.shortest);
  const parts = ends.flatMap((at) => [[text.slice(0, at), text.slice(at)] as const, [text.slice(at), text.slice(0, at)] as const]);
  return parts.flatMap(([need, place]) => {
    const code = reader.readWhole(need);
    return code === null ? [] : [{ codes: [code], place: place.replace(compile(rules.patterns.around_place, "g"), "") }];
  });
}

/** Reads needs as geo/place_names/typed.py does. */
class NeedReader {
  private readonly codes: Map<string, string>;
  private readonly before: RegExp;
  private readonly after: RegExp;

  constructor(private readonly rules: NeedRules) {
    this.codes = new Map(Object.entries(rules.codes).flatMap(([code, words]) => words.map((word) => [word, code] as const)));
    [this.before, this.after] = [compile(rules.patterns.before, ""), compile(rules.patterns.after, "")];
  }

  normalize(text: string): string {
    return [...normalizeText(text)].map((char) => this.rules.simplified[char] ?? char).join("");
  }

  /** The needs at the end of a text without blanks, and the place before them. */
  splitPart(part: string): { codes: string[]; place: string } {
    let text = this.normalize(part);
    const whole = this.readWhole(text);
    if (whole !== null) return { codes: [whole], place: "" };
    const codes: string[] = [];
    for (let found = this.findLast(text); found; found = this.findLast(text)) {
      codes.unshift(found.code);
      text = found.before;
    }
    const bare = text.replace(compile(this.rules.patterns.between, ""), "");
    if (!bare) return { codes, place: "" };
    if (!codes.length || bare.length < this.rules.shortest) return { codes: [], place: part };
    let end = part.length;
    while (this.normalize(part.slice(0, end)).length > bare.length) end--;
    return { codes, place: part.slice(0, end).replace(compile(this.rules.patterns.around_place, "g"), "") };
  }

  /** The longest need at the end of a text, and what stands before it. */
  private findLast(text: string): { code: string; before: string } | null {
    for (let at = Math.max(0, text.length - this.rules.longest); at <= text.length - this.rules.shortest; at++) {
      const code = this.readWhole(text.slice(at));
      if (code === null || this.rules.kinds.includes(code)) continue;
      const before = text.slice(0, at);
      const joined = before.replace(compile(this.rules.patterns.and, ""), "");
      return { code, before: this.findLast(joined) ? joined : before };
    }
    return null;
  }

  /** The code of the facility that the whole of a text asks for; null for any other text. */
  readWhole(text: string): string | null {
    const readings = [...text].length <= this.rules.longest ? [text] : [];
    for (const reading of readings) {
      const code = this.codes.get(reading);
      if (code !== undefined) return code;
      for (const shorter of [reading.replace(this.before, ""), reading.replace(this.after, "")]) if (shorter && !readings.includes(shorter)) readings.push(shorter);
    }
    return null;
  }
}

/** What may name a place beside a link in a text that a map app shares, the likeliest first. */
/** As geo/place_names/typed_points.py has it. */
const MOST_SHARED = 5;

function listSharedPlaces(rules: PointRules, text: string): string[] {
  const rest = text.replace(compile(rules.link, "gi"), " ");
  const [found] = rules.shared_names.flatMap((pattern) => compile(pattern, "").exec(rest)?.[1] ?? []);
  const name = found?.trim() ?? "";
  const areas = [...rest.matchAll(compile(rules.shared_area, "g"))].map(([area]) => area).reverse();
  return [...new Set([name, name.split(/\s+/)[0] ?? "", ...areas])].filter(Boolean).slice(0, MOST_SHARED);
}

/** The point that a text names, null if it names none. */
export function readTypedPoint(rules: PointRules, text: string): TypedPoint | "no_coordinates" | null {
  const link = compile(rules.link).exec(text)?.groups;
  if (link) return readLink(rules, link.whole ?? `https://${link.bare}`);
  const [lon, lat] = ["lon", "lat"].map((name) => Number(compile(rules.geo).exec(text)?.groups?.[name] ?? NaN));
  if (lon && lat && isInChina(rules.coordinates, lon, lat)) return { lon, lat, datum: "wgs84" };
  const plain = rules.axes.reduce((rest, [letter, words]) => rest.replace(compile(words, "gi"), letter), text.normalize("NFKC").trim());
  const point = readPair(rules.coordinates, plain);
  return point && { lon: point[0], lat: point[1], datum: null };
}

function readLink(rules: PointRules, link: string): TypedPoint | "no_coordinates" | null {
  const url = parseAddress(link);
  const host = url && Object.keys(rules.hosts).find((one) => url.hostname === one || url.hostname.endsWith(`.${one}`));
  if (!url || !host) return null;
  const given = new Map([...url.searchParams].filter(([, value]) => value !== ""));
  for (const [x, y] of rules.pairs) if (given.has(x) && given.has(y)) given.set(`${x},${y}`, `${given.get(x)},${given.get(y)}`);
  const named = ["coordinate", "coord_type"].map((name) => rules.datums[(given.get(name) ?? "").toLowerCase()]).filter((one) => one !== undefined);
  for (const [where, parameter, form] of rules.forms) {
    const found = where === host && !named.includes(null) ? compile(`^(?:${form})`, "").exec(given.get(parameter) ?? "")?.groups : undefined;
    const [lon, lat] = [Number(found?.lon), Number(found?.lat)];
    if (found && isInChina(rules.coordinates, lon, lat)) return { lon, lat, datum: named[0] ?? rules.hosts[host] ?? null };
  }
  return "no_coordinates";
}

function parseAddress(link: string): URL | null {
  try {
    return new URL(link);
  } catch {
    return null;
  }
}

/** Two coordinates of one text as longitude and latitude, in the order that its words state, or that alone is in China. */
function readPair(rules: CoordinateRules, text: string): [lon: number, lat: number] | null {
  const inner = whole(rules.wrapped, "is").exec(text.trim())?.[1] ?? text.trim();
  const pair = whole(rules.pair, "").exec(inner)?.groups;
  const [first, second] = [parseAngle(rules, pair?.first ?? ""), parseAngle(rules, pair?.second ?? "")];
  if (!first || !second || first.isCoarse || second.isCoarse) return null;
  const isPlain = isInChina(rules, first.degrees, second.degrees);
  const isTurned = isInChina(rules, second.degrees, first.degrees);
  const stated = first.axis ?? (second.axis && (second.axis === "lon" ? "lat" : "lon"));
  if (!stated && isPlain === isTurned) return null;
  const [lon, lat] = stated === "lat" || (!stated && isTurned) ? [second, first] : [first, second];
  if (lon.axis === "lat" || lat.axis === "lon") return null;
  return isPlace(rules, lon.degrees, lat.degrees) ? [lon.degrees, lat.degrees] : null;
}

/** Whether it is on the Earth, not turned round, and no placeholder of whole degrees. */
function isPlace(rules: CoordinateRules, lon: number, lat: number): boolean {
  const isTurned = isInChina(rules, lat, lon) && !isInChina(rules, lon, lat);
  return !isTurned && Math.abs(lon) <= 180 && Math.abs(lat) <= 90 && !(Number.isInteger(lon) && Number.isInteger(lat));
}

function parseAngle(rules: CoordinateRules, text: string): Angle | null {
  const mark = (written: string) => [...written].map((char) => rules.marks[char] ?? char).join("");
  const plain = mark(mark(text).normalize("NFKC")).replace(/\s+/g, "").replace(/''/g, '"');
  const { before, angle = "", after } = whole(rules.sided, "i").exec(plain)?.groups ?? {};
  const side = (before ?? after ?? "").toUpperCase();
  const degrees = readDegrees(rules, angle, side !== "");
  if (degrees === null || (before && after)) return null;
  const [axis, sign] = rules.sides[side] ?? [null, 1];
  return { degrees: sign * degrees, axis, isCoarse: compile(rules.coarse, "").test(angle) };
}

function readDegrees(rules: CoordinateRules, text: string, isMarked: boolean): number | null {
  if (whole(rules.decimal, "i").test(text) && !(isMarked && !text.includes("."))) {
    const number = Number(text);
    return Number.isFinite(number) && !(isMarked && number < 0) ? number : null;
  }
  if (whole(rules.decimal_degrees, "").test(text)) return Number(text.slice(0, -1));
  const parts = whole(rules.sexagesimal, "").exec(text)?.groups;
  const [minutes, seconds] = [Number(parts?.minutes), Number(parts?.seconds ?? 0)];
  return parts && Math.max(minutes, seconds) < 60 ? Number(parts.degrees) + minutes / 60 + seconds / 3600 : null;
}

function isInChina({ china: [west, east, south, north] }: CoordinateRules, lon: number, lat: number): boolean {
  return lon >= west && lon <= east && lat >= south && lat <= north;
}

/** A pattern of Python's; its groups are named otherwise there. */
function compile(pattern: string, flags = "i"): RegExp {
  return new RegExp(pattern.replace(/\(\?P</g, "(?<"), flags);
}

function whole(pattern: string, flags: string): RegExp {
  return compile(`^(?:${pattern})$`, flags);
}
