/** What a door does at an instant: looked up in the pieces that the server's index has cut. */
import type { LiveNote, Params, RegionData } from "./pack";

export type State = "open" | "closed" | "unknown";
/** Times in seconds, UTC; null where it doesn't come within 14 days. `reason` is a template for `params`. */
export type Opening = {
  state: State;
  until: number | null;
  opensAt: number | null;
  closesAt: number | null;
  reason: string;
  params: Params;
};

/** The template that geo/hours/dates.py gives. */
export const USUAL_HOURS_ON_HOLIDAY = "by the usual hours, which may differ on the holiday";

/** Whether the state is not certain: unknown, or by the usual hours on a long holiday. */
export function isDoubtful({ state, reason }: Opening): boolean {
  return state === "unknown" || reason === USUAL_HOURS_ON_HOLIDAY;
}

/** Whether a closed place may open at `until`, when its state becomes unknown. */
export function mayOpenSooner({ state, until, opensAt }: Opening): boolean {
  return state === "closed" && until !== null && until !== opensAt;
}

const STATES: State[] = ["closed", "open", "unknown"];
/** A template of the words of the pack's kind, which `told` looks for among the page's own as well. */
export const TOO_OLD = "what is saved says nothing of that time";

/** What a station's hours say, as the page asks for it. */
export type Hours = {
  at(moment: number): Opening;
  holds(from: number, until: number, accepts: (state: State) => boolean): boolean;
};

/** Hours at a station whose devices are silent: nobody knows whether it is open. */
export class DoubtedHours implements Hours {
  constructor(
    private readonly hours: Hours,
    private readonly silence: LiveNote,
  ) {}

  at(moment: number): Opening {
    const now = this.hours.at(moment);
    if (now.state === "closed") return { ...now, opensAt: null };
    const { reason, params } = this.silence;
    const until = this.closesAfter(now);
    return now.reason === TOO_OLD ? now : { state: "unknown", until, opensAt: null, closesAt: null, reason, params };
  }

  holds(from: number, until: number, accepts: (state: State) => boolean): boolean {
    return this.hours.holds(from, until, (state) => accepts(state === "open" ? "unknown" : state));
  }

  /** When it is closed by its hours; open and unknown are alike. */
  private closesAfter(now: Opening): number | null {
    let next: Opening = now;
    let until = now.until;
    while (until !== null && (next = this.hours.at(until)).state !== "closed") until = next.until;
    return until;
  }
}

/** The pieces of one schedule. */
export class Schedule implements Hours {
  private readonly starts: number[] = [];

  constructor(
    private readonly region: Pick<RegionData, "first" | "last" | "reasons">,
    private readonly pieces: number[][],
  ) {
    let start = region.first;
    for (const piece of pieces) this.starts.push((start += (piece[0] ?? 0) * 60));
  }

  at(moment: number): Opening {
    const { first, last } = this.region;
    if (moment < first || moment >= last) return closedOff(TOO_OLD);
    return this.opening(this.place(moment));
  }

  /** Whether all states from an instant on until another will do. */
  holds(from: number, until: number, accepts: (state: State) => boolean): boolean {
    if (from < this.region.first || until > this.region.last) return accepts("unknown");
    for (let at = this.place(from); at < this.starts.length && (this.starts[at] ?? until) < until; at++) {
      if (!accepts(this.opening(at).state)) return false;
    }
    return true;
  }

  private opening(at: number): Opening {
    const [, state = 0, until = 0, opens = 0, closes = 0, number = 0] = this.pieces[at] ?? [];
    const start = this.starts[at] ?? 0;
    const ahead = (minutes: number) => (minutes ? start + minutes * 60 : null);
    const [reason, params] = this.region.reasons[number - 1] ?? ["", {}];
    const known = STATES[state] ?? "unknown";
    return { state: known, until: ahead(until), opensAt: ahead(opens), closesAt: ahead(closes), reason, params };
  }

  /** The last piece that starts at an instant or before. */
  private place(moment: number): number {
    let [low, high] = [0, this.starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= moment) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function closedOff(reason: string): Opening {
  return { state: "unknown", until: null, opensAt: null, closesAt: null, reason, params: {} };
}
