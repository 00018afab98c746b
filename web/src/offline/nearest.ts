/** The answer to "what is near": geo/nearest/nearest_search.py on the phone, by the straight line. */
import * as filters from "./filters";
import { type Bearing, computeCourse, computeDistanceToBox } from "./geodesic";
import type { Opening } from "./opening";
import type { LiveNote } from "./pack";
import type { NearestQuery } from "./question";
import { type StationDistance, type Region, type Station, iterateByDistance, computeOpening } from "./region";

const MOST_SKIPPED = 5;
const GROWS_TO_M = 100_000;
const OPENING_SOON = 64;
/** A surely open place so many times as far is better than one whose hours are unknown. */
const OPEN_WITHIN_TIMES = 2;
const UTC_OFFSET_S = 8 * 3600;
/** The template that geo/hours/schedules.py gives. */
const UNVERIFIED_ALL_DAY = "registered as open 24 hours, not verified";

/** `at`: when the opening holds, in seconds, UTC; `notes` is what was said and holds then. */
export type ListedStation = { station: Station; at: number; opening: Opening; notes: LiveNote[] };
export type NearestStation = ListedStation & { metres: number; bearing: Bearing };
export type SkippedStation = { station: Station; metres: number; reason: string };
/**
 * `isWhole` is false where something outside of the saved box could be nearer, or could do;
 * whatever is nearer than `savedToM` is saved. `openFirst` is surely open, and better than the nearest.
 */
export type NearestResult = {
  results: NearestStation[];
  skipped: SkippedStation[];
  grownToM: number | null;
  firstToOpen: NearestStation | null;
  openFirst: NearestStation | null;
  isWhole: boolean;
  savedToM: number;
};

/** What holds at a place at an instant. */
export function listStation(station: Station, at: number): ListedStation {
  return { station, at, opening: computeOpening(station, at), notes: station.notes.filter((note) => at < note.until) };
}

/** Whether a place will do for whoever arrives at an instant. */
export function passesFilters(station: Station, { filters: asked, start }: Pick<NearestQuery, "filters" | "start">, arrival: number): boolean {
  if (!filters.passesStaticFilters(station, asked, start)) return false;
  if (!filters.hasHoursFilter(asked)) return true;
  const until = arrival + Math.max(1, asked.stayMin * 60);
  return station.schedule.holds(arrival, until, (state) => filters.acceptsState(asked, state));
}

export function findNearest(region: Region, question: NearestQuery): NearestResult {
  const search = new Search(region, question);
  const limit = question.withinM;
  const near = search.within(limit);
  const { savedToM } = search;
  const [openFirst, lookedToM] = search.openFirst(near.results, limit);
  const isWhole = search.isWhole(near, limit) && lookedToM <= savedToM;
  if (near.results.length) return { ...near, grownToM: null, firstToOpen: null, openFirst, isWhole, savedToM };
  const grownToM = search.grown(limit);
  const found = grownToM === null ? near : search.within(grownToM);
  const firstToOpen = search.firstToOpen(limit, grownToM === null);
  return { ...found, grownToM, firstToOpen, openFirst, isWhole: search.isWhole(found, grownToM ?? Math.max(limit, GROWS_TO_M)), savedToM };
}

class Search {
  readonly savedToM: number;
  private readonly inOrder: StationDistance[] = [];
  private readonly coming: Generator<StationDistance>;

  constructor(
    private readonly region: Region,
    private readonly question: NearestQuery,
  ) {
    this.coming = iterateByDistance(region.stations, question.point);
    this.savedToM = computeDistanceToBox(question.point, region.box);
  }

  /** The k nearest within a limit that pass, and up to five no farther ones of the kind that don't. */
  within(limit: number): Pick<NearestResult, "results" | "skipped"> {
    const { filters: asked, k } = this.question;
    const results: NearestStation[] = [];
    const skipped: SkippedStation[] = [];
    for (const found of this.all(limit)) {
      const last = results[k - 1];
      if (last && found[1] > last.metres) break;
      if (this.passes(found)) {
        if (!last) results.push(this.hit(found));
      } else if (skipped.length < MOST_SKIPPED && (!asked.kinds.size || asked.kinds.has(found[0].kind))) {
        skipped.push(this.skip(found));
      }
    }
    return { results: preferVerifiedAtNight(results, asked.openOnly), skipped };
  }

  /** The limit, doubled until something passes; null where nothing does. */
  grown(limit: number): number | null {
    if (limit >= GROWS_TO_M) return null;
    for (const found of this.all(GROWS_TO_M)) if (this.passes(found)) return doubled(limit, found[1]);
    return null;
  }

  firstToOpen(limit: number, wider: boolean): NearestStation | null {
    if (!filters.hasHoursFilter(this.question.filters)) return null;
    const found = this.openingSoon(limit);
    return found || !wider || limit >= GROWS_TO_M ? found : this.openingSoon(GROWS_TO_M);
  }

  /** The nearest surely open place, if at most twice as far as the nearest of unknown hours; and how far was looked. */
  openFirst([first]: NearestStation[], limit: number): [NearestStation | null, number] {
    if (first?.opening.state !== "unknown") return [null, 0];
    const asked = { ...this.question, filters: { ...this.question.filters, openOnly: true } };
    const farM = Math.min(OPEN_WITHIN_TIMES * first.metres, limit);
    for (const found of this.all(farM)) {
      if (passesFilters(found[0], asked, this.arrival(found[1]))) return [this.hit(found), found[1]];
    }
    return [null, farM];
  }

  isWhole(found: Pick<NearestResult, "results">, limit: number): boolean {
    const isFull = found.results.length >= this.question.k;
    return (isFull ? Math.max(...found.results.map((hit) => hit.metres)) : limit) <= this.savedToM;
  }

  private openingSoon(limit: number): NearestStation | null {
    const { filters: asked, start } = this.question;
    let first: NearestStation | null = null;
    let looked = 0;
    for (const found of this.all(limit)) {
      if (!filters.passesStaticFilters(found[0], asked, start)) continue;
      const hit = this.hit(found);
      const opensAt = hit.opening.opensAt;
      const isSooner = opensAt !== null && opensAt < (first?.opening.opensAt ?? Infinity);
      if (isSooner && this.staysOpen(found[0], opensAt)) first = hit;
      if (++looked === OPENING_SOON) break;
    }
    return first;
  }

  private staysOpen(station: Station, opensAt: number): boolean {
    const asked = { ...this.question.filters, openOnly: true };
    return filters.endOfStay((at) => computeOpening(station, at), opensAt, asked) === null;
  }

  private passes([station, metres]: StationDistance): boolean {
    return passesFilters(station, this.question, this.arrival(metres));
  }

  private hit([station, metres]: StationDistance): NearestStation {
    const [, bearing] = computeCourse(this.question.point, [station.lon, station.lat]);
    return { ...listStation(station, this.arrival(metres)), metres, bearing };
  }

  private skip([station, metres]: StationDistance): SkippedStation {
    const { filters: asked, start } = this.question;
    const at = this.arrival(metres);
    const opening = (moment: number) => computeOpening(station, moment);
    const tooSoon = asked.stayMin ? filters.endOfStay(opening, at, asked) : null;
    return { station, metres, reason: filters.explainExclusion(this.region, station, opening(at), asked, start, tooSoon) };
  }

  private arrival(metres: number): number {
    return this.question.start + Math.floor(metres * this.question.secondsPerM);
  }

  /** All stations within a limit, nearest first; what was found once is kept. */
  private *all(limit: number): Generator<StationDistance> {
    for (let at = 0; ; at++) {
      if (at === this.inOrder.length) {
        const next = this.coming.next();
        if (next.done) return;
        this.inOrder.push(next.value);
      }
      const found = this.inOrder[at] as StationDistance;
      if (found[1] > limit) return;
      yield found;
    }
  }
}

/** geo/nearest/nearest_search.py: of open places at night, those whose 24 hours a form filled in come last. */
function preferVerifiedAtNight(results: NearestStation[], openOnly: boolean): NearestStation[] {
  if (!openOnly) return results;
  const isLast = (hit: NearestStation) => hit.opening.reason === UNVERIFIED_ALL_DAY && isNight(hit.at);
  return [...results.filter((hit) => !isLast(hit)), ...results.filter(isLast)];
}

function isNight(at: number): boolean {
  const hour = Math.floor((at + UTC_OFFSET_S) / 3600) % 24;
  return hour >= 22 || hour < 6;
}

function doubled(limit: number, metres: number): number {
  let grown = Math.max(limit, 1);
  while (grown < metres) grown *= 2;
  return Math.min(grown, GROWS_TO_M);
}
