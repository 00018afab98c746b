/** The point of a question, which may come in any of the four datums of Chinese maps, in WGS84. */
import gcoord from "gcoord";
import type { Point } from "./geodesic";

export const DATUMS = ["wgs84", "cgcs2000", "gcj02", "bd09"] as const;
export type Datum = (typeof DATUMS)[number];

// The public formula leaves points outside of this box alone (geo/crs.py).
const [WEST, SOUTH, EAST, NORTH] = [72.004, 0.8293, 137.8347, 55.8271];
const ROUNDING_DEG = 1e-8;
const STEPS = 6;

/** CGCS2000 differs from WGS84 by centimetres and is treated as the same. */
export function toWgs84(point: Point, datum: Datum): Point {
  if (datum === "wgs84" || datum === "cgcs2000") return point;
  const system = datum === "bd09" ? gcoord.BD09 : gcoord.GCJ02;
  let [lon, lat] = point;
  for (let step = 0; step < STEPS; step++) {
    const shifted = gcoord.transform([lon, lat] as [number, number], gcoord.WGS84, system);
    [lon, lat] = [lon + point[0] - shifted[0], lat + point[1] - shifted[1]];
  }
  return isInBox(lon, lat) ? [lon, lat] : point;
}

function isInBox(lon: number, lat: number): boolean {
  const east = lon >= WEST - ROUNDING_DEG && lon <= EAST + ROUNDING_DEG;
  return east && lat >= SOUTH - ROUNDING_DEG && lat <= NORTH + ROUNDING_DEG;
}
