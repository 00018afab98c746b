/** The same question about another place. */

const WHERE = ["lon", "lat", "datum", "accuracy", "station", "district", "q"];
const DIGITS = 5; // 1 m

/** From a point of the map, which is WGS84. */
export function about(question: URLSearchParams, at: { lng: number; lat: number }): URLSearchParams {
  return new URLSearchParams([
    ["lon", at.lng.toFixed(DIGITS)],
    ["lat", at.lat.toFixed(DIGITS)],
    ["datum", "wgs84"],
    ...needed(question),
  ]);
}

/** One place of the register. */
export function ofStation(question: URLSearchParams, id: string): URLSearchParams {
  return new URLSearchParams([["station", id], ...needed(question)]);
}

function needed(question: URLSearchParams): [string, string][] {
  return [...question].filter(([name]) => !WHERE.includes(name) && !name.startsWith("to_"));
}
