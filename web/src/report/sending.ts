/** Sends what was said: at once, or when there is a network again; each thing once, whatever is lost on the way. */
import { shelf } from "../offline/store";
import { type Mine, keep, kept, mine, newKey } from "./mine";
import { isRefused, post, wordsOf } from "./post";

/**
 * What became of it: its number; that it waits, why if the site said so, and whether longer than the page is open;
 * or why the site didn't take it.
 */
export type Outcome =
  | { kind: "sent"; number: string }
  | { kind: "counted"; isFirst: boolean }
  | { kind: "waits"; words: string; lasts: boolean }
  | { kind: "refused"; words: string };

/** A rest that waits, by station and hour. */
type Rest = { station: string; tapped: number; body: { idempotency_key: string } };

const HOUR_MS = 3_600_000;
const rests = shelf<Rest>("rests");

/** The one who sends: two at a time would only send the same twice. */
let turn: Promise<unknown> = Promise.resolve();
/** What somebody looks on at has a turn of its own, which tells what became of it. */
const handed = new Set<string>();

/** Keep a report and send it. What can't be sent waits on the phone, even when the page is closed. */
export async function hand(report: Mine): Promise<Outcome> {
  const key = report.body.idempotency_key;
  handed.add(key);
  await keep(report);
  return inTurn(() => send(report)).finally(() => handed.delete(key));
}

/** Keep a rest and have it counted, likewise; it is on the phone for no longer than that. */
export async function rest(station: string): Promise<Outcome> {
  const tapped = Date.now();
  const key = `${station} ${Math.floor(tapped / HOUR_MS)}`;
  const told = (await rests.get(key)) ?? { station, tapped, body: { idempotency_key: newKey() } };
  handed.add(key);
  await rests.put(key, told);
  return inTurn(() => count(key, told)).finally(() => handed.delete(key));
}

/** Send what waits; gives what became of each report. */
export function sendWaiting(): Promise<[Mine, Outcome][]> {
  return inTurn(async () => {
    const done: [Mine, Outcome][] = [];
    for (const [, report] of await kept()) {
      if (report.number || handed.has(report.body.idempotency_key)) continue;
      const outcome = await send(report);
      if (outcome.kind === "waits") return done;
      done.push([report, outcome]);
    }
    for (const [key, told] of await rests.entries()) {
      if (!handed.has(key) && (await count(key, told)).kind === "waits") break;
    }
    return done;
  });
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const next = turn.then(work, work);
  turn = next.catch(() => undefined);
  return next;
}

async function send(report: Mine): Promise<Outcome> {
  const said = await post(`${address(report)}/reports`, report.body, report.tapped, "observed_at");
  if (said?.status === 202 && typeof said.data.number === "string") {
    report.number = said.data.number;
    await keep(report);
    return { kind: "sent", number: report.number };
  }
  const key = report.body.idempotency_key;
  if (!said || !isRefused(said)) return { kind: "waits", words: said ? wordsOf(said) : "", lasts: mine().lasts(key) };
  await mine().remove(key);
  return { kind: "refused", words: wordsOf(said) };
}

async function count(key: string, told: Rest): Promise<Outcome> {
  const said = await post(`${address(told)}/rests`, told.body, told.tapped, "rested_at");
  const isCounted = said?.status === 202 && typeof said.data.counted === "boolean";
  if (!said || !(isCounted || isRefused(said))) {
    return { kind: "waits", words: said ? wordsOf(said) : "", lasts: rests.lasts(key) };
  }
  await rests.remove(key);
  return isCounted ? { kind: "counted", isFirst: said.data.counted === true } : { kind: "refused", words: wordsOf(said) };
}

function address({ station }: { station: string }): string {
  return `/api/v1/stations/${encodeURIComponent(station)}`;
}
