/** The same question about another place. */

const WHERE = ["lon", "lat", "datum", "accuracy", "station", "district", "q", "offset"];
const DIGITS = 5; // 1 m

/** A point of the map, which is WGS84. */
interface Point {
  lng: number;
  lat: number;
}

export function questionAtPoint(question: URLSearchParams, at: Point): URLSearchParams {
  return new URLSearchParams([...formatPoint("", at), ["datum", "wgs84"], ...filterFields(question)]);
}

/** On the way from one point to another. */
export function questionAlongWay(question: URLSearchParams, from: Point, to: Point): URLSearchParams {
  return new URLSearchParams([...formatPoint("", from), ["datum", "wgs84"], ...formatPoint("to_", to), ...filterFields(question)]);
}

function formatPoint(prefix: string, { lng, lat }: Point): [string, string][] {
  return [
    [`${prefix}lon`, lng.toFixed(DIGITS)],
    [`${prefix}lat`, lat.toFixed(DIGITS)],
  ];
}

/** One place of the register. */
export function questionAboutStation(question: URLSearchParams, id: string): URLSearchParams {
  return new URLSearchParams([["station", id], ...filterFields(question)]);
}

function filterFields(question: URLSearchParams): [string, string][] {
  return [...question].filter(([name]) => !WHERE.includes(name) && !name.startsWith("to_"));
}
