/** Sentences about a place, the same as yihui/http/rider/cards.py makes. */
import { say } from "../words";
import { type Bearing, halfToEven } from "./geodesic";
import type { Opening } from "./opening";
import type { Travel } from "./question";
import { clock } from "./time";
import type { Datum } from "./datum";

export function metres(distance: number): string {
  if (distance < 10_000) return say("{metres} m", { metres: grouped(String(halfToEven(distance))) });
  const [whole = "0", tenth = "0"] = (distance / 1000).toFixed(1).split(".");
  return say("{kilometres} km", { kilometres: `${grouped(whole)}.${tenth}` });
}

/** An estimate from the straight line. */
export function minutes(count: number, travel: Travel): string {
  const params = { minutes: Math.max(1, halfToEven(count)) };
  return travel === "ebike" ? say("about {minutes} min by e-bike", params) : say("about {minutes} min on foot", params);
}

export function bearing(name: Bearing): string {
  const words: Record<Bearing, string> = {
    north: say("north"),
    northeast: say("northeast"),
    east: say("east"),
    southeast: say("southeast"),
    south: say("south"),
    southwest: say("southwest"),
    west: say("west"),
    northwest: say("northwest"),
    "right here": say("right here"),
  };
  return words[name];
}

export function opening(now: Opening, at: number): string {
  if (now.state === "unknown") return say("Opening hours not known: ask before you go");
  const isOpen = now.state === "open";
  if (now.until === null) return isOpen ? say("Open") : say("Closed");
  const params = { until: clock(now.until, at) };
  return isOpen ? say("Open until {until}", params) : say("Closed until {until}", params);
}

/** What a point is measured against, as those call it who are asked for help. */
export function system(code: Datum): string {
  return { wgs84: "WGS84", cgcs2000: "CGCS2000", gcj02: "GCJ-02", bd09: "BD-09" }[code];
}

/** How long ago something was, in ms. */
export function age(past: number): string {
  const count = Math.floor(Math.max(0, past) / 60_000);
  if (count < 1) return say("less than a minute");
  if (count < 120) return say("{count} min", { count });
  const hours = Math.floor(count / 60);
  return hours < 48 ? say("{count} h", { count: hours }) : say("{count} days", { count: Math.floor(hours / 24) });
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}
