/** Sends what was said: at once, or when there is a network again; each report once, whatever is lost on the way. */
import { type Mine, keep, kept, mine } from "./mine";

/** What became of it: its number; that it waits; or why the site didn't take it, in its own words. */
export type Outcome =
  | { kind: "sent"; number: string }
  | { kind: "waits" }
  | { kind: "refused"; words: string };

const PATIENCE_MS = 8000;
const AT_ONCE_MS = 60_000; // what is sent later than that says when it was seen

/** The one who sends: two at a time would only send the same twice. */
let turn: Promise<unknown> = Promise.resolve();

/** Keep a report and send it. What can't be sent waits on the phone, even when the page is closed. */
export async function hand(report: Mine): Promise<Outcome> {
  await keep(report);
  return inTurn(() => send(report));
}

/** Send what waits; gives what became of each. */
export function sendWaiting(): Promise<[Mine, Outcome][]> {
  return inTurn(async () => {
    const done: [Mine, Outcome][] = [];
    for (const [, report] of await kept()) {
      if (report.number) continue;
      const outcome = await send(report);
      if (outcome.kind === "waits") break;
      done.push([report, outcome]);
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
  const said = await answered(report);
  if (said === null) return { kind: "waits" };
  const key = report.body.idempotency_key;
  if (said.status === 202 && typeof said.data.number === "string") {
    report.number = said.data.number;
    await keep(report);
    return { kind: "sent", number: report.number };
  }
  await mine().remove(key);
  return { kind: "refused", words: wordsOf(said.data) };
}

interface Said {
  status: number;
  data: { number?: unknown; title?: unknown; errors?: { message?: string; remedy?: string }[] };
}

/** Null where nobody answered, or somebody who can't now: a proxy, or a site that is being started. */
async function answered(report: Mine): Promise<Said | null> {
  const late = Date.now() - report.tapped > AT_ONCE_MS;
  const body = late ? { ...report.body, observed_at: new Date(report.tapped).toISOString() } : report.body;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const response = await fetch(`/api/v1/stations/${encodeURIComponent(report.station)}/reports`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
      body: JSON.stringify(body),
      signal: stop.signal,
    });
    if (response.status >= 500) return null;
    return { status: response.status, data: (await response.json()) as Said["data"] };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function wordsOf(data: Said["data"]): string {
  const told = (data.errors ?? []).map(({ message, remedy }) => [message, remedy].filter(Boolean).join(" · "));
  return told.join(" ") || String(data.title ?? "");
}
