/** A saved region, ready to be asked. */
import { say } from "../words";
import { type Point, leastArc, metres, vector } from "./geodesic";
import { type Opening, Schedule, TOO_OLD } from "./opening";
import { type Box, type LiveNote, type Params, type Row, type Saved, byCodePoint } from "./pack";

/** `usable` are the facilities that are not broken; `notes` is what was said of the place and still holds. */
export type Station = Omit<Row, "facilities" | "accepts"> & {
  usable: Set<string>;
  taken: Set<string>;
  notes: LiveNote[];
  place: [number, number, number];
  schedule: Schedule;
};
export type Region = {
  box: Box;
  version: string;
  stations: Station[];
  labels: Record<string, Record<string, string>>;
  words: Record<string, string>;
};
export type Found = [station: Station, metres: number];


/** The region as it is at an instant (seconds, UTC): what was said and has lapsed since is left out. */
export function open(saved: Saved, now: number, language: string): Region {
  const schedules = saved.schedules.map((pieces) => new Schedule(saved, pieces));
  const nothing = new Schedule(saved, []);
  const stations = saved.rows.map((row, at): Station => {
    const notes = (saved.live[row.id] ?? []).filter((note) => now < note.until);
    const broken = new Set(notes.filter((note) => note.state !== "told").map((note) => note.facility));
    return {
      ...row,
      usable: new Set(lines(row.facilities).filter((code) => !broken.has(code))),
      taken: new Set(lines(row.accepts)),
      notes,
      place: vector([row.lon, row.lat]),
      schedule: schedules[saved.hours[at] ?? -1] ?? nothing,
    };
  });
  return { box: saved.box, version: saved.version, stations, labels: saved.labels, words: saved.words[language] ?? {} };
}

/** A template of the pack in the reader's language, filled in; a facility by its word. */
export function told(region: Region, template: string, params: Params = {}): string {
  if (template === TOO_OLD) return say("what is saved says nothing of that time");
  const facility = region.labels.facility?.[params.facility ?? ""];
  const named: Params = facility ? { ...params, facility: region.words[facility] ?? facility } : params;
  return (region.words[template] ?? template).replace(/\{(\w+)\}/g, (place, name: string) => named[name] ?? place);
}

/** What holds at a place at an instant, until when, and why. */
export function openingAt(station: Station, moment: number): Opening {
  if (station.status === "active") return station.schedule.at(moment);
  const reason = station.status === "closed_for_good" ? "closed for good" : "closed for the time being";
  return { state: "closed", until: null, opensAt: null, closesAt: null, reason, params: {} };
}

/** All stations, nearest first by the geodesic, ties by id; a geodesic is reckoned only when it is needed. */
export function* nearestFirst(stations: Station[], from: Point): Generator<Found> {
  const here = vector(from);
  const chords = stations.map((one) => Math.hypot(one.place[0] - here[0], one.place[1] - here[1], one.place[2] - here[2]));
  const order = stations.map((_, at) => at).sort((a, b) => (chords[a] ?? 0) - (chords[b] ?? 0));
  const waiting: Found[] = [];
  for (const at of order) {
    const station = stations[at];
    if (!station) continue;
    const horizon = leastArc(chords[at] ?? 0);
    while (waiting[0] && waiting[0][1] < horizon) yield waiting.shift() as Found;
    insert(waiting, [station, metres(from, [station.lon, station.lat])]);
  }
  yield* waiting;
}

/** Few wait at a time: those whose chords are too much alike to tell which geodesic is shorter. */
function insert(waiting: Found[], found: Found): void {
  let at = waiting.length;
  while (at > 0 && isBefore(found, waiting[at - 1] as Found)) at--;
  waiting.splice(at, 0, found);
}

function isBefore(one: Found, other: Found): boolean {
  return one[1] < other[1] || (one[1] === other[1] && byCodePoint(one[0].id, other[0].id) < 0);
}

function lines(text: string): string[] {
  return text ? text.split("\n") : [];
}
