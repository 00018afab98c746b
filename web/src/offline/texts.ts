/** Sentences about a place, the same as yihui/http/rider/cards.py makes. */
import { translate } from "../translation";
import { type Bearing, roundHalfToEven } from "./geodesic";
import { type Opening, mayOpenSooner } from "./opening";
import type { Travel } from "./question";
import { formatCivilDate, formatCivilTime, formatClock, formatEnd } from "./time";
import type { Datum } from "./datum";

export function formatDistance(distance: number): string {
  if (distance < 10_000) return translate("{metres} m", { metres: grouped(String(roundHalfToEven(distance))) });
  const [whole = "0", tenth = "0"] = (distance / 1000).toFixed(1).split(".");
  return translate("{kilometres} km", { kilometres: `${grouped(whole)}.${tenth}` });
}

/** An estimate from the straight line. */
export function formatMinutes(count: number, travel: Travel): string {
  const params = { time: formatTime(count) };
  return travel === "ebike" ? translate("about {time} by e-bike", params) : translate("about {time} on foot", params);
}

/** In whole minutes, at least one; from an hour on in hours and minutes. */
export function formatTime(count: number): string {
  const whole = Math.max(1, roundHalfToEven(count));
  const [hours, minutes] = [Math.floor(whole / 60), whole % 60];
  if (!hours) return translate("{minutes} min", { minutes });
  return minutes ? translate("{hours} h {minutes} min", { hours, minutes }) : translate("{hours} h", { hours });
}

export function formatBearing(name: Bearing): string {
  const words: Record<Bearing, string> = {
    north: translate("north"),
    northeast: translate("northeast"),
    east: translate("east"),
    southeast: translate("southeast"),
    south: translate("south"),
    southwest: translate("southwest"),
    west: translate("west"),
    northwest: translate("northwest"),
    "right here": translate("right here"),
  };
  return words[name];
}

/** `at` is on the day from which it is spoken of, `today` the day on which it is read; if that is another day, each time has its day. */
export function formatOpening(now: Opening, at: number, today = formatCivilDate(at)): string {
  if (now.state === "unknown") return translate("Opening hours not known: ask before you go");
  const isOpen = now.state === "open";
  if (now.until === null) return isOpen ? translate("Open") : translate("Closed");
  if (isOpen) return translate("Open until {until}", { until: formatEnd(now.until, at, today) });
  const until = formatClock(now.until, at, today);
  if (!mayOpenSooner(now)) return translate("Closed until {until}", { until });
  if (now.opensAt === null) return translate("Closed; whether it opens at {until} is not known: ask first", { until });
  const latest = formatClock(now.opensAt, at, today);
  return formatCivilDate(now.until) === formatCivilDate(now.opensAt)
    ? translate("Closed; it opens {latest} for certain, perhaps from {until}", { latest, until: formatCivilTime(now.until) })
    : translate("Closed; it may open from {until} and opens {latest} for certain", { until, latest });
}

/** Whose coordinates those of a datum are. */
export function formatDatum(code: Datum): string {
  return { wgs84: translate("a phone's GPS"), cgcs2000: translate("Tianditu"), gcj02: translate("AMap, Tencent or WeChat"), bd09: translate("Baidu") }[code];
}

/** How long ago something was, in ms. */
export function formatAge(past: number): string {
  const count = Math.floor(Math.max(0, past) / 60_000);
  if (count < 1) return translate("less than a minute");
  if (count < 120) return translate("{count} min", { count });
  const hours = Math.floor(count / 60);
  return hours < 48 ? translate("{count} h", { count: hours }) : translate("{count} days", { count: Math.floor(hours / 24) });
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}
