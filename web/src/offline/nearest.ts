/** The answer to "what is near": geo/nearest/nearest_search.py on the phone, by the straight line. */
import { translate } from "../translation";
import * as filters from "./filters";
import { type Bearing, computeCourse, computeDistanceToBox } from "./geodesic";
import { type Opening, isDoubtful } from "./opening";
import type { LiveNote } from "./pack";
import { FARTHER_MIN, type NearestQuery } from "./question";
import { formatTime } from "./texts";
import { type StationDistance, type Region, type Station, iterateByDistance, computeOpening } from "./region";

export const MOST_SKIPPED = 5;
const GROWS_TO_M = 100_000;
/** A surely open place so many times as far is as good as a doubtful one. */
const DOUBT_FACTOR = 2;
const UTC_OFFSET_S = 8 * 3600;
/** The template that geo/hours/schedules.py gives. */
export const UNVERIFIED_ALL_DAY = "registered as open 24 hours, not verified";

/** `at`: when the opening holds, in seconds, UTC; `notes` is what was said and holds then. */
export type ListedStation = { station: Station; at: number; opening: Opening; notes: LiveNote[] };
export type NearestStation = ListedStation & { metres: number; bearing: Bearing };
/** `isTimed`: its reason tells how long the way takes. */
export type SkippedStation = { station: Station; metres: number; reason: string; isTimed?: boolean };
/**
 * `isWhole` is false where something outside of the saved box could be nearer, or could do;
 * whatever is nearer than `savedToM` is saved. `beyond` lists the nearest beyond the minutes, where
 * nothing within them passes and none opens soon.
 */
export type NearestResult = {
  results: NearestStation[];
  skipped: SkippedStation[];
  grownToM: number | null;
  firstToOpen: NearestStation | null;
  beyond: SkippedStation[];
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

/** Where only places of unknown hours are found, the first open one within an hour stands beside them, or else what opens first. */
export function findNearest(region: Region, question: NearestQuery): NearestResult {
  const found = findNearestOnly(region, question);
  const isUnsure = filters.hasHoursFilter(question.filters) && found.results.length && found.results.every(({ opening }) => opening.state === "unknown");
  if (!isUnsure || found.firstToOpen) return found;
  const sure = findNearestOnly(region, { ...question, k: 1, withinMin: Math.max(question.withinMin, FARTHER_MIN), filters: { ...question.filters, openOnly: true } });
  return { ...found, firstToOpen: sure.results[0] ?? sure.firstToOpen, isWhole: found.isWhole && sure.isWhole };
}

function findNearestOnly(region: Region, question: NearestQuery): NearestResult {
  const search = new Search(region, question);
  const limit = Math.min(question.withinM, search.reach(question.withinMin));
  const near = search.within(limit);
  const { savedToM } = search;
  const found = { ...near, grownToM: null, firstToOpen: null, beyond: [], savedToM };
  if (near.results.length) return { ...found, isWhole: search.isWhole(near, limit) };
  const grownToM = search.grown();
  const grown = grownToM === null ? near : search.within(grownToM);
  const firstToOpen = search.firstToOpen(grownToM === null);
  if (grownToM !== null) return { ...found, ...grown, grownToM, firstToOpen, isWhole: search.isWhole(grown, grownToM) };
  const skipped = search.refused();
  const isOpenFarther = search.passesWithin(search.reach(Math.max(question.withinMin, FARTHER_MIN)));
  const first = isOpenFarther ? null : firstToOpen;
  const { beyond, lookedToM } = first ? { beyond: [], lookedToM: 0 } : search.beyond();
  const isListed = (listed: SkippedStation[]) => listed.length === MOST_SKIPPED && listed.every(({ metres }) => metres <= savedToM);
  const isWhole = search.reach(Math.max(question.withinMin, FARTHER_MIN)) <= savedToM && isListed(skipped) && lookedToM <= savedToM;
  return { ...found, skipped, firstToOpen: first, beyond, isWhole };
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
    const hits: NearestStation[] = []; // in the order asked for
    const skipped: SkippedStation[] = [];
    for (const found of this.all(limit)) {
      const last = hits[k - 1];
      if (last && found[1] > this.weigh(last)) break;
      if (this.passes(found)) {
        const hit = this.hit(found);
        const at = hits.findIndex((one) => this.weigh(one) > this.weigh(hit)); // of equals the nearer one stays first
        hits.splice(at < 0 ? hits.length : at, 0, hit);
      } else if (skipped.length < MOST_SKIPPED && (!asked.kinds.size || asked.kinds.has(found[0].kind))) {
        skipped.push(this.skip(found));
      }
    }
    const results = hits.slice(0, k);
    const last = results.length === k ? Math.max(...results.map((hit) => hit.metres)) : limit;
    return { results: preferVerifiedAtNight(results, asked.openOnly), skipped: skipped.filter((skip) => skip.metres <= last) };
  }

  /** How far one gets in some minutes, by the straight line. */
  reach(minutes: number): number {
    return (minutes * 60) / this.question.pace;
  }

  /** The limit, doubled until something passes; null where nothing does. */
  grown(): number | null {
    const { withinM: limit, withinMin } = this.question;
    const widest = Math.min(GROWS_TO_M, this.reach(withinMin));
    if (limit >= widest) return null;
    for (const found of this.all(widest)) if (this.passes(found)) return doubled(limit, found[1], widest);
    return null;
  }

  firstToOpen(wider: boolean): NearestStation | null {
    const { withinM, withinMin, filters: asked } = this.question;
    if (!filters.hasHoursFilter(asked)) return null;
    const widest = Math.min(GROWS_TO_M, this.reach(Math.max(withinMin, FARTHER_MIN)));
    const limit = Math.min(withinM, widest);
    const found = this.openingSoon(limit);
    return found || !wider || limit >= widest ? found : this.openingSoon(widest);
  }

  /** Whether a station within a limit will be open: then none is the first to open. */
  passesWithin(limit: number): boolean {
    for (const found of this.all(limit)) if (this.passes(found)) return true;
    return false;
  }

  /** The nearest of the kind that don't pass. */
  refused(): SkippedStation[] {
    const { kinds } = this.question.filters;
    const listed: SkippedStation[] = [];
    for (const found of this.all(GROWS_TO_M)) {
      if (!this.passes(found) && (!kinds.size || kinds.has(found[0].kind))) listed.push(this.skip(found));
      if (listed.length === MOST_SKIPPED) break;
    }
    return listed;
  }

  /** The nearest that pass but for their hours, at any distance, each with its state on arrival; how far the last one lies. */
  beyond(): { beyond: SkippedStation[]; lookedToM: number } {
    const { filters: asked, start } = this.question;
    const listed: StationDistance[] = [];
    for (const found of this.all(Infinity)) {
      if (filters.passesStaticFilters(found[0], asked, start)) listed.push(found);
      if (listed.length === MOST_SKIPPED) break;
    }
    const beyond = listed.map((found) => (this.passes(found) ? this.tooFar(found) : this.skip(found)));
    return { beyond, lookedToM: listed[MOST_SKIPPED - 1]?.[1] ?? Infinity }; // with fewer, others may lie where nothing is saved
  }

  isWhole(found: Pick<NearestResult, "results">, limit: number): boolean {
    const isFull = found.results.length >= this.question.k;
    return (isFull ? Math.max(...found.results.map((hit) => this.weigh(hit))) : limit) <= this.savedToM;
  }

  private weigh({ metres, opening }: NearestStation): number {
    return this.question.order === "open_first" && isDoubtful(opening) ? DOUBT_FACTOR * metres : metres;
  }

  private openingSoon(limit: number): NearestStation | null {
    const { filters: asked, start } = this.question;
    let [first, opensFirst]: [StationDistance | null, number] = [null, Infinity];
    for (const found of this.all(limit)) {
      if (!filters.passesStaticFilters(found[0], asked, start)) continue;
      const opensAt = this.openingOnArrival(found).opensAt ?? Infinity;
      if (opensAt < opensFirst && this.staysOpen(found[0], opensAt)) [first, opensFirst] = [found, opensAt];
    }
    return first && this.hit(first);
  }

  private staysOpen(station: Station, opensAt: number): boolean {
    const asked = { ...this.question.filters, openOnly: true };
    return filters.endOfStay((at) => computeOpening(station, at), opensAt, asked) === null;
  }

  private passes([station, metres]: StationDistance): boolean {
    return passesFilters(station, this.question, this.arrival(metres));
  }

  private openingOnArrival([station, metres]: StationDistance): Opening {
    return computeOpening(station, this.arrival(metres));
  }

  private tooFar(found: StationDistance): SkippedStation {
    const [[station, metres], opening, isTimed] = [found, this.openingOnArrival(found), true];
    const time = formatTime((metres * this.question.pace) / 60);
    if (isDoubtful(opening)) return { station, metres, isTimed, reason: translate("about {time} away; whether it is open then is not known", { time }) };
    const reason = opening.state === "open" ? translate("about {time} away; open then", { time }) : translate("about {time} away; closed then", { time });
    return { station, metres, isTimed, reason };
  }

  private hit([station, metres]: StationDistance): NearestStation {
    const [, bearing] = computeCourse(this.question.point, [station.lon, station.lat]);
    return { ...listStation(station, this.arrival(metres)), metres, bearing };
  }

  private skip([station, metres]: StationDistance): SkippedStation {
    const { filters: asked, start, today } = this.question;
    const at = this.arrival(metres);
    const opening = (moment: number) => computeOpening(station, moment);
    const tooSoon = asked.stayMin ? filters.endOfStay(opening, at, asked) : null;
    return { station, metres, reason: filters.explainExclusion(this.region, station, opening(at), asked, start, tooSoon, today) };
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

function doubled(limit: number, metres: number, widest: number): number {
  let grown = Math.max(limit, 1);
  while (grown < metres) grown *= 2;
  return Math.min(grown, widest);
}
