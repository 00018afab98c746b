/** What somebody types, as somebody means it who is there: yihui/files/street_names/search.py on the phone. */
import type { PlaceMatch, Place } from "./place_search";
import type { Region } from "./region";

type Point = [lon: number, lat: number];

const MOST_AROUND = 100;
const MOST_CALLED = 3;
const EDGE = 0.3;
const CITY_DIGITS = 4;

/** Roughly where somebody is, as the page wrote it; null for anything else. */
export function parseTown(text: string | null): Point | null {
  const numbers = /^(-?\d{1,3}(?:\.\d+)?),(-?\d{1,2}(?:\.\d+)?)$/.exec(text ?? "");
  return numbers && [Number(numbers[1]), Number(numbers[2])];
}

/** First some districts that are called so, then the places of the cities around, then all others. */
export function rankByTown(region: Region, found: PlaceMatch[], near: Point, limit: number): PlaceMatch[] {
  const cities = citiesAround(region, near);
  const called: PlaceMatch[] = [];
  const around: PlaceMatch[] = [];
  const others: PlaceMatch[] = [];
  for (const one of found) {
    if (one.called && one.place.kind === "district") called.push(one);
    else if (cities.has(cityOf(one.place.district))) around.push(one);
    else if (others.length < limit) others.push(one);
    if (around.length === MOST_AROUND) break;
  }
  const order = (one: PlaceMatch, other: PlaceMatch) => one.rank - other.rank || squaredDegrees(one.place, near) - squaredDegrees(other.place, near) || 0;
  called.sort(order);
  around.sort(order);
  return [...called.slice(0, MOST_CALLED), ...around, ...called.slice(MOST_CALLED), ...others].slice(0, limit);
}

function citiesAround({ areas }: Region, near: Point): Set<string> {
  const districts = Object.entries(areas).filter(([code]) => !code.endsWith("00"));
  const far = districts.map(([code, area]): [string, number] => [cityOf(code), squaredDegrees(area, near)]);
  const nearest = Math.min(...far.map(([, distance]) => distance));
  const first = far.find(([, distance]) => distance === nearest);
  return new Set([...(first ? [first] : []), ...far.filter(([, distance]) => distance <= EDGE ** 2)].map(([city]) => city));
}

function cityOf(code: string): string {
  return code.slice(0, CITY_DIGITS);
}

/** Good enough to order by: squared degrees of a meridian. */
function squaredDegrees({ lon, lat }: Pick<Place, "lon" | "lat">, near: Point): number {
  if (lon === null || lat === null) return Infinity;
  const east = ((((lon - near[0] + 180) % 360) + 360) % 360) - 180;
  return (east * Math.cos((near[1] * Math.PI) / 180)) ** 2 + (lat - near[1]) ** 2;
}
