/** A saved region, ready to be asked. */
import { translate } from "../translation";
import { type Point, lowerBoundOfArc, computeDistance, toUnitVector } from "./geodesic";
import { DoubtedHours, type Hours, type Opening, Schedule, TOO_OLD } from "./opening";
import { type Area, type Box, type Limits, type LiveNote, type Names, type Params, type Row, type RegionData, compareByCodePoint } from "./pack";
import type { TypedRules } from "./typed_words";

/** `usable` are the facilities that are not broken; `notes` is what was said of the place and still holds. */
export type Station = Row & {
  usable: Set<string>;
  taken: Set<string>;
  notes: LiveNote[];
  place: [number, number, number];
  schedule: Hours;
};
export type Region = {
  box: Box;
  version: string;
  stations: Station[];
  /** When it was last said officially that a place can be entered, in seconds, UTC. */
  letIn: Record<string, number>;
  areas: Record<string, Area>;
  cell: string;
  names: Names | null;
  limits: Limits | null;
  labels: Record<string, Record<string, string>>;
  words: Record<string, string>;
  typed: TypedRules;
  /** Until when this holds: then something that was said lapses. In seconds, UTC. */
  validUntil: number;
};
const NO_NOTES: LiveNote[] = [];
export type StationDistance = [station: Station, metres: number];

/** The region as it is at an instant (seconds, UTC): what was said and has lapsed since is left out. */
export function openRegion(saved: RegionData, now: number, language: string): Region {
  const schedules = saved.schedules.map((pieces) => new Schedule(saved, pieces));
  const nothing = new Schedule(saved, []);
  const sets = new Sets();
  const holding = Object.entries(saved.live).map(([id, notes]) => [id, notes.filter((note) => now < note.until)] as const);
  const live = new Map(holding);
  const silent = new Map(Object.entries(saved.silences));
  const stations = saved.rows.map((row, at): Station => {
    const silence = begun(silent.get(row.id), now);
    const said = live.get(row.id) ?? NO_NOTES;
    const notes = silence ? [...said, silence] : said;
    const hours = schedules[saved.hours[at] ?? -1] ?? nothing;
    const there = sets.of(row.facilities);
    return {
      ...row,
      usable: notes.length ? without(there, notes) : there,
      taken: sets.of(row.accepts),
      notes,
      place: toUnitVector([row.lon, row.lat]),
      schedule: silence ? new DoubtedHours(hours, silence) : hours,
    };
  });
  const lapses = holding.flatMap(([, notes]) => notes.map((note) => note.until));
  const coming = [...silent.values()].map((note) => note.since).filter((since) => now < since);
  const validUntil = Math.min(...lapses, ...coming, Infinity);
  const { box, version, areas, cell, names = null, limits = null, labels, typed } = saved;
  return { box, version, stations, letIn: saved.let_in, areas, cell, names, limits, labels, words: saved.words[language] ?? {}, typed, validUntil };
}

function begun(silence: LiveNote | undefined, now: number): LiveNote | null {
  return silence && silence.since <= now ? silence : null;
}

/** Facilities less those that are broken. */
function without(facilities: Set<string>, notes: LiveNote[]): Set<string> {
  const broken = new Set(notes.filter((note) => note.state !== "told" && note.state !== "sensed").map((note) => note.facility));
  return new Set([...facilities].filter((code) => !broken.has(code)));
}

/** One set for each text: most stations offer the same. */
class Sets {
  private readonly known = new Map<string, Set<string>>();

  of(lines: string): Set<string> {
    const known = this.known.get(lines);
    if (known) return known;
    const made = new Set(lines ? lines.split("\n") : []);
    this.known.set(lines, made);
    return made;
  }
}

/** A template of the pack in the reader's language, filled in; a facility, an answer, and whose it is, by their words. */
export function renderText(region: Region, template: string, params: Params = {}): string {
  if (template === TOO_OLD) return translate("what is saved says nothing of that time");
  const named = { ...params };
  for (const code of ["facility", "by", "answer"]) {
    const label = region.labels[code]?.[params[code] ?? ""];
    if (label) named[code] = region.words[label] ?? label;
  }
  return (region.words[template] ?? template).replace(/\{(\w+)\}/g, (place, name: string) => named[name] ?? place);
}

/** What holds at a place at an instant, until when, and why. */
export function computeOpening(station: Station, moment: number): Opening {
  if (station.status === "active") return station.schedule.at(moment);
  const reason = station.status === "closed_for_good" ? "closed for good" : "closed for the time being";
  return { state: "closed", until: null, opensAt: null, closesAt: null, reason, params: {} };
}

/** All stations, nearest first by the geodesic, ties by id; a geodesic is reckoned only when it is needed. */
export function* iterateByDistance(stations: Station[], from: Point): Generator<StationDistance> {
  const here = toUnitVector(from);
  const chords = stations.map((one) => Math.hypot(one.place[0] - here[0], one.place[1] - here[1], one.place[2] - here[2]));
  const order = stations.map((_, at) => at).sort((a, b) => (chords[a] ?? 0) - (chords[b] ?? 0));
  const waiting: StationDistance[] = [];
  for (const at of order) {
    const station = stations[at];
    if (!station) continue;
    const horizon = lowerBoundOfArc(chords[at] ?? 0);
    while (waiting[0] && waiting[0][1] < horizon) yield waiting.shift() as StationDistance;
    insert(waiting, [station, computeDistance(from, [station.lon, station.lat])]);
  }
  yield* waiting;
}

/** Few wait at a time: those whose chords are too much alike to tell which geodesic is shorter. */
function insert(waiting: StationDistance[], found: StationDistance): void {
  let at = waiting.length;
  while (at > 0 && isBefore(found, waiting[at - 1] as StationDistance)) at--;
  waiting.splice(at, 0, found);
}

function isBefore(one: StationDistance, other: StationDistance): boolean {
  return one[1] < other[1] || (one[1] === other[1] && compareByCodePoint(one[0].id, other[0].id) < 0);
}
