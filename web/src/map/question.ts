/** The same question about another place. */

const WHERE = ["lon", "lat", "datum", "accuracy", "station", "district", "q", "offset"];
const DIGITS = 5; // 1 m

/** A point of the map, which is WGS84. */
interface Point {
  lng: number;
  lat: number;
}

export function about(question: URLSearchParams, at: Point): URLSearchParams {
  return new URLSearchParams([...written("", at), ["datum", "wgs84"], ...needed(question)]);
}

/** On the way from one point to another. */
export function along(question: URLSearchParams, from: Point, to: Point): URLSearchParams {
  return new URLSearchParams([...written("", from), ["datum", "wgs84"], ...written("to_", to), ...needed(question)]);
}

function written(prefix: string, { lng, lat }: Point): [string, string][] {
  return [
    [`${prefix}lon`, lng.toFixed(DIGITS)],
    [`${prefix}lat`, lat.toFixed(DIGITS)],
  ];
}

/** One place of the register. */
export function ofStation(question: URLSearchParams, id: string): URLSearchParams {
  return new URLSearchParams([["station", id], ...needed(question)]);
}

function needed(question: URLSearchParams): [string, string][] {
  return [...question].filter(([name]) => !WHERE.includes(name) && !name.startsWith("to_"));
}
