/** What is asked of a station, and why one doesn't do: geo/nearest/filters.py on the phone. */
import { translate } from "../translation";
import { type Opening, type State, USUAL_HOURS_ON_HOLIDAY, mayOpenSooner } from "./opening";
import { type Region, type Station, renderText } from "./region";
import { formatCivilDate, formatCivilTime, isTomorrow, formatReportTime } from "./time";

export type Filters = {
  kinds: Set<string>;
  facilities: Set<string>;
  entries: Set<string>;
  accesses: Set<string>;
  statuses: Set<string>;
  openOnly: boolean;
  notClosed: boolean;
  stayMin: number;
  verifiedWithinDays: number | null;
  employer: string;
  benefits: Set<string>;
};

const DAY_MS = 86_400_000;

export function isEmptyFilter(asked: Filters): boolean {
  const sets = [asked.kinds, asked.facilities, asked.entries, asked.accesses, asked.statuses, asked.benefits];
  return sets.every((set) => !set.size) && !hasHoursFilter(asked) && asked.verifiedWithinDays === null && !asked.employer;
}

export function hasHoursFilter(asked: Filters): boolean {
  return asked.openOnly || asked.notClosed || asked.stayMin > 0;
}

export function acceptsState(asked: Filters, state: State): boolean {
  if (asked.openOnly || (asked.stayMin && !asked.notClosed)) return state === "open";
  return !(asked.notClosed && state === "closed");
}

export function acceptsStatus(asked: Filters, status: string): boolean {
  if (asked.statuses.size) return asked.statuses.has(status);
  return isEmptyFilter(asked) || status !== "closed_for_good";
}

/** All that doesn't depend on the second; out of service, a place is closed at any hour. */
export function passesStaticFilters(station: Station, asked: Filters, start: number): boolean {
  return (
    acceptsStatus(asked, station.status) &&
    (!hasHoursFilter(asked) || station.status === "active") &&
    isOneOf(asked.kinds, station.kind) &&
    isOneOf(asked.entries, station.entry) &&
    acceptsAccess(station, asked) &&
    hasAll(station.usable, asked.facilities) &&
    hasAll(station.taken, asked.benefits) &&
    isVerified(station, verifiedSince(asked, start))
  );
}

/** When the hours cease to do within the stay that begins at the arrival; null when they do throughout. */
export function endOfStay(openingAt: (at: number) => Opening, arrival: number, asked: Filters): number | null {
  const leaving = arrival + asked.stayMin * 60;
  let moment = arrival;
  while (moment < leaving) {
    const opening = openingAt(moment);
    if (!acceptsState(asked, opening.state)) return moment;
    if (opening.until === null) return null;
    moment = opening.until;
  }
  return null;
}

/** Why a station with this opening on arrival won't do; what holds at every hour comes first. It is read `today`. */
export function explainExclusion(
  region: Region,
  station: Station,
  opening: Opening,
  asked: Filters,
  start: number,
  tooSoon: number | null,
  today: string,
): string {
  const spoken = formatCivilDate(start) === today ? start : null;
  if (!isOneOf(asked.kinds, station.kind)) return translate("another kind of place");
  if (!acceptsStatus(asked, station.status)) return statusText(station.status);
  const isShut = !acceptsState(asked, opening.state);
  if (isShut && station.status !== "active") return closed(region, opening, spoken);
  if (!acceptsAccess(station, asked)) return byAccess(station.access);
  if (!isOneOf(asked.entries, station.entry)) return byEntry(station.entry);
  const lacks = lacking(region, station, asked) ?? untaken(station, asked);
  if (lacks !== null) return lacks;
  if (!isVerified(station, verifiedSince(asked, start))) return stale(station);
  return isShut || tooSoon === null ? closed(region, opening, spoken) : closesAlready(tooSoon, spoken);
}

/** What a register's status says of any hour: closed, or nothing for a place in service. */
export function statusText(status: string): string {
  if (status === "closed_for_good") return translate("closed for good");
  return status === "active" ? translate("in service") : translate("closed for the time being");
}

function acceptsAccess(station: Station, asked: Filters): boolean {
  if (asked.employer && station.access === "employer") return station.employer === asked.employer;
  return isOneOf(asked.accesses, station.access);
}

function verifiedSince(asked: Filters, start: number): string | null {
  if (asked.verifiedWithinDays === null) return null;
  const day = Date.parse(formatCivilDate(start)) - asked.verifiedWithinDays * DAY_MS;
  return day < Date.parse("0001-01-01") ? "0001-01-01" : new Date(day).toISOString().slice(0, 10);
}

function isVerified(station: Station, since: string | null): boolean {
  return since === null || (station.verified_on !== null && station.verified_on >= since);
}

function isOneOf(wanted: Set<string>, value: string): boolean {
  return !wanted.size || wanted.has(value);
}

function hasAll(has: Set<string>, wanted: Set<string>): boolean {
  for (const one of wanted) if (!has.has(one)) return false;
  return true;
}

function missing(has: Set<string>, wanted: Set<string>): string[] {
  return [...wanted].filter((one) => !has.has(one)).sort();
}

/** `start`: the query's; null where it is read on another day, so that each time has its day. */
function closed(region: Region, opening: Opening, start: number | null): string {
  if (opening.state === "unknown" && !opening.reason) return translate("opening hours not known");
  if (opening.reason && opening.reason !== USUAL_HOURS_ON_HOLIDAY) return renderText(region, opening.reason, opening.params);
  if (opening.until === null) return translate("not open then");
  const isDoubted = mayOpenSooner(opening);
  if (start !== null && isTomorrow(opening.until, start)) {
    const tomorrow = { until: formatCivilTime(opening.until) };
    return isDoubted ? translate("closed; whether it opens tomorrow at {until} is not known: ask first", tomorrow) : translate("closed until tomorrow {until}", tomorrow);
  }
  const until = formatReportTime(opening.until, start);
  return isDoubted ? translate("closed; whether it opens at {until} is not known: ask first", { until }) : translate("closed until {until}", { until });
}

function closesAlready(at: number, start: number | null): string {
  if (start !== null && isTomorrow(at, start)) return translate("closes already tomorrow at {until}", { until: formatCivilTime(at) });
  return translate("closes already at {until}", { until: formatReportTime(at, start) });
}

function lacking(region: Region, station: Station, asked: Filters): string | null {
  const codes = missing(station.usable, asked.facilities);
  if (!codes.length) return null;
  const broken = station.notes.find((note) => note.state !== "told" && asked.facilities.has(note.facility));
  if (broken) return renderText(region, broken.reason, broken.params);
  const words = codes.map((code) => renderText(region, region.labels.facility?.[code] ?? code));
  const comma = translate(", ");
  return translate("lacks {facilities}", { facilities: words.join(comma) });
}

function untaken(station: Station, asked: Filters): string | null {
  return missing(station.taken, asked.benefits).length ? translate("does not take the benefits asked for") : null;
}

function stale(station: Station): string {
  if (station.verified_on === null) return translate("nobody has verified it");
  return translate("last verified on {day}", { day: station.verified_on });
}

function byAccess(access: string): string {
  if (access === "public") return translate("open to everybody");
  if (access === "members") return translate("for union members only");
  return access === "employer" ? translate("for staff of one employer only") : translate("who may enter is not known");
}

function byEntry(entry: string): string {
  switch (entry) {
    case "walk_in":
      return translate("anybody walks in");
    case "scan":
      return translate("entry only by scanning a code");
    case "app":
      return translate("entry only by an app");
    case "id_card":
      return translate("entry only with an ID card");
    case "staff":
      return translate("entry only when staff open the door");
    default:
      return translate("how to get in is not known");
  }
}
