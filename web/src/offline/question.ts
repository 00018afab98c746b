/** The question in the address bar, read as the server reads it (yihui/http/rider/request.py). */
import { DATUMS, type Datum, toWgs84 } from "./datum";
import type { Filters } from "./filters";
import type { Point } from "./geodesic";
import { withOffset } from "../moments";
import { formatCivilDate } from "./time";

const E_BIKE_M_PER_S = 15000 / 3600;
const WALK_M_PER_S = 1.3;
const DETOUR_FACTOR = 1.3;
export const REACH_M = 100000;
export const MOST_RESULTS = 50;
/** Minutes that a rider goes, and goes where nothing is nearer. */
export const [NEAR_MIN, FARTHER_MIN] = [30, 60];
const LONGEST_STAY_MIN = 1440;
/** What the phone answers; a question that names anything else is the server's. */
const KNOWN = new Set([
  ...["k", "at", "kind", "facility", "entry", "access", "open", "not_closed", "usable", "member", "employer"],
  ...["benefit", "stay_min", "verified_within_days", "travel", "speed_km_per_h", "within_m", "within_min", "order", "lang", "lon", "lat"],
  ...["datum", "when", "accuracy", "by", "part", "station", "district", "q", "near"],
]);
/** The ways of saying where, in the order in which they count, by their fields. */
export const WAYS = { point: ["lon", "lat", "datum", "accuracy"], station: ["station"], district: ["district"], q: ["q", "near"] };
const BESIDES = ["datum", "near"]; // these name no place by themselves
export type Way = keyof typeof WAYS;

export type Travel = "walk" | "ebike";
/** What is asked of any place; `start` in whole seconds, UTC; `today` is the day on which it is asked. */
export type NearestOptions = { start: number; today: string; filters: Filters; travel: Travel; pace: number };
/** `secondsPerM` is 0 where hours are asked at the start. */
export type NearestQuery = NearestOptions & {
  point: Point;
  asked: Point;
  datum: Datum;
  k: number;
  order: string;
  secondsPerM: number;
  withinM: number;
  withinMin: number;
  accuracy: number;
};

/** How it is said where; null where nothing is, or where something is asked that is the server's to answer. */
export function parseWay(asked: URLSearchParams): Way | null {
  return isKnown(asked) ? (listWays(asked)[0] ?? null) : null;
}

/** Whether nothing is asked that is the server's to answer. */
export function isKnown(asked: URLSearchParams): boolean {
  return [...asked.keys()].every((name) => KNOWN.has(name));
}

function listWays(asked: URLSearchParams): Way[] {
  const ways = Object.keys(WAYS) as Way[];
  return ways.filter((way) => WAYS[way].some((field) => !BESIDES.includes(field) && asked.get(field)?.trim()));
}

/** The question with one way of saying where: that which `by` names, else the first. */
export function selectLocationFields(asked: URLSearchParams): URLSearchParams {
  const ways = listWays(asked);
  const chosen = ways.find((way) => way === asked.get("by")) ?? ways[0];
  const others = new Set(Object.entries(WAYS).flatMap(([way, fields]) => (way === chosen ? [] : fields)));
  return new URLSearchParams([...asked].filter(([name]) => !others.has(name)));
}

/** What is asked of any place, or null where it makes no sense. `now` in ms. */
export function parseOptions(asked: URLSearchParams, now: number): NearestOptions | null {
  const start = parseInstant(asked.get("at"), now);
  const travel = (asked.get("travel") as Travel | null) ?? "ebike";
  const speed = number(asked, "speed_km_per_h");
  const stay = number(asked, "stay_min") ?? 0;
  if (!Number.isFinite(start) || !(stay >= 0 && stay <= LONGEST_STAY_MIN)) return null;
  const pace = DETOUR_FACTOR / (speed ? speed / 3.6 : travel === "walk" ? WALK_M_PER_S : E_BIKE_M_PER_S);
  return { start, today: formatCivilDate(now / 1000), filters: parseFilters(asked), travel, pace };
}

/** The question, or null where it isn't one for the nearest places that the phone can answer. `now` in ms. */
export function parseQuestion(asked: URLSearchParams, now: number): NearestQuery | null {
  const wished = parseWay(asked) === "point" && parseOptions(asked, now);
  const place: Point = [number(asked, "lon") ?? NaN, number(asked, "lat") ?? NaN];
  const datum = (asked.get("datum") ?? "wgs84") as Datum;
  const k = number(asked, "k") ?? 5;
  const isSound = Math.abs(place[0]) <= 180 && Math.abs(place[1]) <= 90 && DATUMS.includes(datum);
  if (!wished || !isSound || !(k >= 1 && k <= MOST_RESULTS)) return null;
  return {
    ...wished,
    point: toWgs84(place, datum),
    asked: place,
    datum,
    k,
    order: asked.get("order") ?? "open_first",
    secondsPerM: asked.get("when") === "now" ? 0 : wished.pace,
    withinM: number(asked, "within_m") ?? REACH_M,
    withinMin: number(asked, "within_min") ?? NEAR_MIN,
    accuracy: number(asked, "accuracy") ?? 0,
  };
}

/** What is asked of a station, whatever the place (yihui/http/stations/request.py). */
export function parseFilters(asked: URLSearchParams): Filters {
  const stayMin = number(asked, "stay_min") ?? 0;
  const usable = !asked.has("usable") || truth(asked, "usable");
  const accesses = usable ? ["public", "unknown", ...(truth(asked, "member") ? ["members"] : [])] : [];
  return {
    kinds: new Set(asked.getAll("kind")),
    facilities: new Set(asked.getAll("facility")),
    entries: new Set(asked.getAll("entry")),
    accesses: new Set(asked.has("access") ? asked.getAll("access") : accesses),
    statuses: new Set(usable ? ["active"] : []),
    openOnly: truth(asked, "open") || stayMin > 0,
    notClosed: usable || truth(asked, "not_closed"),
    stayMin,
    verifiedWithinDays: number(asked, "verified_within_days"),
    employer: asked.get("employer") ?? "",
    benefits: new Set(asked.getAll("benefit")),
  };
}

/** Whether the rider chose a condition that she could leave out; a kind or one need is what she looks for. */
export function hasConditions(asked: URLSearchParams): boolean {
  const chosen = ["entry", "access", "benefit"].some((name) => asked.has(name)) || asked.getAll("facility").length > 1 || truth(asked, "open") || truth(asked, "not_closed");
  return chosen || Boolean(number(asked, "stay_min")) || number(asked, "verified_within_days") !== null;
}

/** In whole seconds, UTC. */
export function parseInstant(text: string | null, now: number): number {
  const moment = text === null ? now : Date.parse(withOffset(text));
  return Math.floor(moment / 1000);
}

function number(asked: URLSearchParams, name: string): number | null {
  const text = asked.get(name);
  return text === null || text.trim() === "" ? null : Number(text);
}

function truth(asked: URLSearchParams, name: string): boolean {
  return ["true", "1", "yes", "on", "t", "y"].includes((asked.get(name) ?? "").toLowerCase());
}
