/** The answer to "what is near": geo/nearest/answer.py on the phone, by the straight line. */
import * as filters from "./filters";
import { type Bearing, course, reach } from "./geodesic";
import type { Opening } from "./opening";
import type { LiveNote } from "./pack";
import type { Question } from "./question";
import { type Found, type Region, type Station, nearestFirst, openingAt } from "./region";

const MOST_SKIPPED = 5;
const GROWS_TO_M = 100_000;
const OPENING_SOON = 64;

/** `at`: when the opening holds, in seconds, UTC; `notes` is what was said and holds then. */
export type Listed = { station: Station; at: number; opening: Opening; notes: LiveNote[] };
export type Hit = Listed & { metres: number; bearing: Bearing };
export type Skip = { station: Station; metres: number; reason: string };
/**
 * `isWhole` is false where something outside of the saved box could be nearer, or could do;
 * whatever is nearer than `savedToM` is saved.
 */
export type Nearest = {
  results: Hit[];
  skipped: Skip[];
  grownToM: number | null;
  firstToOpen: Hit | null;
  isWhole: boolean;
  savedToM: number;
};

/** What holds at a place at an instant. */
export function listed(station: Station, at: number): Listed {
  return { station, at, opening: openingAt(station, at), notes: station.notes.filter((note) => at < note.until) };
}

/** Whether a place will do for whoever arrives at an instant. */
export function passes(station: Station, { filters: asked, start }: Pick<Question, "filters" | "start">, arrival: number): boolean {
  if (!filters.passesSieve(station, asked, start)) return false;
  if (!filters.asksHours(asked)) return true;
  const until = arrival + Math.max(1, asked.stayMin * 60);
  return station.schedule.holds(arrival, until, (state) => filters.acceptsState(asked, state));
}

export function nearest(region: Region, question: Question): Nearest {
  const search = new Search(region, question);
  const limit = question.withinM;
  const near = search.within(limit);
  const { savedToM } = search;
  if (near.results.length) return { ...near, grownToM: null, firstToOpen: null, isWhole: search.isWhole(near, limit), savedToM };
  const grownToM = search.grown(limit);
  const found = grownToM === null ? near : search.within(grownToM);
  const firstToOpen = search.firstToOpen(limit, grownToM === null);
  return { ...found, grownToM, firstToOpen, isWhole: search.isWhole(found, grownToM ?? Math.max(limit, GROWS_TO_M)), savedToM };
}

class Search {
  readonly savedToM: number;
  private readonly inOrder: Found[] = [];
  private readonly coming: Generator<Found>;

  constructor(
    private readonly region: Region,
    private readonly question: Question,
  ) {
    this.coming = nearestFirst(region.stations, question.point);
    this.savedToM = reach(question.point, region.box);
  }

  /** The k nearest within a limit that pass, and up to five no farther ones of the kind that don't. */
  within(limit: number): Pick<Nearest, "results" | "skipped"> {
    const { filters: asked, k } = this.question;
    const results: Hit[] = [];
    const skipped: Skip[] = [];
    for (const found of this.all(limit)) {
      const last = results[k - 1];
      if (last && found[1] > last.metres) break;
      if (this.passes(found)) {
        if (!last) results.push(this.hit(found));
      } else if (skipped.length < MOST_SKIPPED && (!asked.kinds.size || asked.kinds.has(found[0].kind))) {
        skipped.push(this.skip(found));
      }
    }
    return { results, skipped };
  }

  /** The limit, doubled until something passes; null where nothing does. */
  grown(limit: number): number | null {
    if (limit >= GROWS_TO_M) return null;
    for (const found of this.all(GROWS_TO_M)) if (this.passes(found)) return doubled(limit, found[1]);
    return null;
  }

  firstToOpen(limit: number, wider: boolean): Hit | null {
    if (!filters.asksHours(this.question.filters)) return null;
    const found = this.openingSoon(limit);
    return found || !wider || limit >= GROWS_TO_M ? found : this.openingSoon(GROWS_TO_M);
  }

  isWhole(found: Pick<Nearest, "results">, limit: number): boolean {
    const last = found.results[this.question.k - 1];
    return (last ? last.metres : limit) <= this.savedToM;
  }

  private openingSoon(limit: number): Hit | null {
    const { filters: asked, start } = this.question;
    let first: Hit | null = null;
    let looked = 0;
    for (const found of this.all(limit)) {
      if (!filters.passesSieve(found[0], asked, start)) continue;
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
    return filters.endOfStay((at) => openingAt(station, at), opensAt, asked) === null;
  }

  private passes([station, metres]: Found): boolean {
    return passes(station, this.question, this.arrival(metres));
  }

  private hit([station, metres]: Found): Hit {
    const [, bearing] = course(this.question.point, [station.lon, station.lat]);
    return { ...listed(station, this.arrival(metres)), metres, bearing };
  }

  private skip([station, metres]: Found): Skip {
    const { filters: asked, start } = this.question;
    const at = this.arrival(metres);
    const opening = (moment: number) => openingAt(station, moment);
    const tooSoon = asked.stayMin ? filters.endOfStay(opening, at, asked) : null;
    return { station, metres, reason: filters.refusal(this.region, station, opening(at), asked, start, tooSoon) };
  }

  private arrival(metres: number): number {
    return this.question.start + Math.floor(metres * this.question.secondsPerM);
  }

  /** All stations within a limit, nearest first; what was found once is kept. */
  private *all(limit: number): Generator<Found> {
    for (let at = 0; ; at++) {
      if (at === this.inOrder.length) {
        const next = this.coming.next();
        if (next.done) return;
        this.inOrder.push(next.value);
      }
      const found = this.inOrder[at] as Found;
      if (found[1] > limit) return;
      yield found;
    }
  }
}

function doubled(limit: number, metres: number): number {
  let grown = Math.max(limit, 1);
  while (grown < metres) grown *= 2;
  return Math.min(grown, GROWS_TO_M);
}
