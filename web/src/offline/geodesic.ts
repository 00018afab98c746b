/** Distances on the ellipsoid of WGS84: the same geodesic as the server's. */
import geodesic from "geographiclib-geodesic";
import type { Box } from "./pack";

export type Point = readonly [lon: number, lat: number];

const EQUATOR_M = 6378137;
const FLATTENING = 1 / 298.257223563;
const E2 = FLATTENING * (2 - FLATTENING);
const CURVE_MIN_M = EQUATOR_M * (1 - E2);
const CURVE_MAX_M = EQUATOR_M / Math.sqrt(1 - E2);
const ROUNDING_M = 5e-7;
const POLE_DEG = 90 - 1e-6;
const RAD = Math.PI / 180;
const COMPASS = ["north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest"] as const;
export type Bearing = (typeof COMPASS)[number] | "right here";
const { Geodesic } = geodesic;
const { DISTANCE, AZIMUTH } = Geodesic;

export function computeDistance(from: Point, to: Point): number {
  return Geodesic.WGS84.Inverse(from[1], from[0], to[1], to[0], DISTANCE).s12 as number;
}

/** The distance, and in which of eight directions the place lies; within 1 m there is none. */
export function computeCourse(from: Point, to: Point): [metres: number, bearing: Bearing] {
  const way = Geodesic.WGS84.Inverse(from[1], from[0], to[1], to[0], DISTANCE | AZIMUTH);
  const distance = way.s12 as number;
  if (distance < 1) return [distance, "right here"];
  if (Math.abs(from[1]) > POLE_DEG) return [distance, from[1] > 0 ? "south" : "north"];
  const eighth = roundHalfToEven((way.azi1 as number) / 45);
  return [distance, COMPASS[((eighth % 8) + 8) % 8] ?? "north"];
}

/** Earth-centred vector of a point on the ellipsoid, in metres. */
export function toUnitVector([lon, lat]: Point): [number, number, number] {
  const sine = Math.sin(lat * RAD);
  const normal = EQUATOR_M / Math.sqrt(1 - E2 * sine * sine);
  const ring = normal * Math.cos(lat * RAD);
  return [ring * Math.cos(lon * RAD), ring * Math.sin(lon * RAD), (1 - E2) * normal * sine];
}

/** What the geodesic above a chord is at least (geo/geodesy.py says why). */
export function lowerBoundOfArc(chord: number): number {
  return chord * (1 + (chord * chord) / (24 * CURVE_MAX_M ** 2)) - ROUNDING_M;
}

/**
 * How far it is at least to whatever lies outside of a box; 0 for a point that does so itself.
 *
 * To a meridian no way is shorter than the straight line to its plane, and to a parallel none than
 * the least radius of a meridian allows.
 */
export function computeDistanceToBox([lon, lat]: Point, [west, south, east, north]: Box): number {
  const across = (turn: number) => (turn >= 90 ? Infinity : EQUATOR_M * Math.cos(lat * RAD) * Math.sin(turn * RAD));
  const along = (turn: number) => CURVE_MIN_M * turn * RAD;
  return Math.max(0, Math.min(across(lon - west), across(east - lon), along(lat - south), along(north - lat)));
}

/** Rounded as the server does, where a half goes to the even neighbour. */
export function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
