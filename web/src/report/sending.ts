/** Sends what was said: at once, or when there is a network again; each thing once, whatever is lost on the way. */
import { openShelf } from "../offline/store";
import { type PhoneReport, storeReport, listReports, openReportStore, createKey } from "./phone_reports";
import { dateDoor, forgetDoor, noteDoor } from "./locked";
import { isRefused, postJson, resultText } from "./post";

/**
 * What became of it: its number, and whether it counts, where the site said so; that it waits, why if the site said so, and whether longer than the page is open;
 * why the site didn't take it; or that the rider took it back. Of what is taken back likewise: it waits, or it is gone.
 */
export type Outcome =
  | { kind: "sent"; number: string; counts?: boolean }
  | { kind: "counted"; isFirst: boolean }
  | { kind: "waits"; words: string; lasts: boolean }
  | { kind: "refused"; words: string }
  | { kind: "gone" };

/** A rest that waits, by station and hour. */
type Rest = { station: string; tapped: number; body: { idempotency_key: string } };

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const rests = openShelf<Rest>("rests");

const SENDING = "yihui-sending";
/** Longer than one thing takes to send. A page that the phone has put to sleep must not hold up the others. */
const LONGEST_WAIT_MS = 10_000;

/** Whatever this page sends, in order. */
let turn: Promise<unknown> = Promise.resolve();
/** What somebody looks on at has a turn of its own, which tells what became of it. */
const handed = new Set<string>();

/**
 * Keep a report and send it. What can't be sent waits on the phone, even when the page is closed.
 * `before`: the report that this one stands for; it is kept only where this one is not taken.
 */
export async function sendOrQueueReport(report: PhoneReport, before?: PhoneReport): Promise<Outcome> {
  const keys = [report, ...(before ? [before] : [])].map(({ body }) => body.idempotency_key);
  for (const key of keys) handed.add(key);
  await storeReport(report);
  noteDoor(report);
  const sending = inTurn(() => alone(() => sendFor(report, before)));
  return sending.finally(() => keys.forEach((key) => handed.delete(key)));
}

/** Keep a rest and have it counted, likewise; it is on the phone for no longer than that. */
export async function sendOrQueueRest(station: string): Promise<Outcome> {
  const tapped = Date.now();
  const key = `${station} ${Math.floor(tapped / HOUR_MS)}`;
  const told = (await rests.get(key)) ?? { station, tapped, body: { idempotency_key: createKey() } };
  handed.add(key);
  await rests.put(key, told);
  return inTurn(() => alone(() => count(key, told))).finally(() => handed.delete(key));
}

/** Send what waits; gives what became of each report. */
export function sendWaiting(): Promise<[PhoneReport, Outcome][]> {
  return inTurn(async () => {
    const done: [PhoneReport, Outcome][] = [];
    for (const [key, { number, withdrawn }] of await listReports()) {
      const tried = number && !withdrawn ? null : await alone(() => sendStill(key));
      if (tried?.[1].kind === "waits") return done;
      if (tried) done.push(tried);
    }
    for (const [key] of await rests.entries()) {
      if ((await alone(() => countStill(key)))?.kind === "waits") break;
    }
    return done;
  });
}

/** Take a report back. What was never tried is gone at once; of all else the site is told, when there is a network. */
export function takeReportBack(report: PhoneReport): Promise<Outcome> {
  return alone(async () => {
    const now = (await openReportStore().get(report.body.idempotency_key)) ?? report;
    if (!now.number && !now.tried) return drop(now, { kind: "gone" });
    const withdrawn = { ...now, withdrawn: true };
    await storeReport(withdrawn);
    return sendWithdrawal(withdrawn);
  });
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const next = turn.then(work, work);
  turn = next.catch(() => undefined);
  return next;
}

/**
 * One at a time on this phone, whichever page it is, where the browser can see to that: then nothing is sent from
 * two pages, and what is taken back on one is not sent by another.
 */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  let begun: Promise<T> | undefined;
  try {
    const signal = AbortSignal.timeout(LONGEST_WAIT_MS);
    await navigator.locks.request(SENDING, { signal }, () => (begun = work()));
  } catch {
    // an older browser, a page without https, or another page sleeps while it sends: the site counts a key once
  }
  return begun ?? work();
}

/** A report in a queue that was read some time ago, if it is to be sent still. */
async function sendStill(key: string): Promise<[PhoneReport, Outcome] | null> {
  const report = await openReportStore().get(key);
  if (!report || handed.has(key)) return null;
  if (report.withdrawn) return [report, await sendWithdrawal(report)];
  return report.number ? null : [report, await send(report)];
}

async function sendFor(report: PhoneReport, before?: PhoneReport): Promise<Outcome> {
  const now = await openReportStore().get(report.body.idempotency_key);
  if (!now || now.withdrawn) return { kind: "gone" };
  const outcome: Outcome = now.number ? { kind: "sent", number: now.number } : await send(report);
  const first = before && (await openReportStore().get(before.body.idempotency_key));
  if (first) Object.assign(before, first); // the queue may have sent it since: a slip takes it back by what is known now
  if (first && !first.withdrawn && outcome.kind !== "refused") await openReportStore().remove(first.body.idempotency_key);
  return outcome;
}

/** Likewise a rest. */
async function countStill(key: string): Promise<Outcome | null> {
  const told = await rests.get(key);
  return !told || handed.has(key) ? null : count(key, told);
}

async function send(report: PhoneReport): Promise<Outcome> {
  const key = report.body.idempotency_key;
  if (!navigator.onLine) return { kind: "waits", words: "", lasts: openReportStore().lasts(key) };
  report.tried = Date.now();
  await storeReport(report);
  const said = await postJson(`${address(report)}/reports`, report.body, report.tapped, "observed_at");
  if (said?.status === 202 && typeof said.data.number === "string") {
    report.number = said.data.number;
    report.at = Date.parse(String(said.data.at)) || report.tapped;
    await storeReport(report);
    dateDoor(key, report.at);
    return { kind: "sent", number: report.number, counts: said.data.counts !== false };
  }
  if (!said || !isRefused(said)) return { kind: "waits", words: said ? resultText(said) : "", lasts: openReportStore().lasts(key) };
  return drop(report, { kind: "refused", words: resultText(said) });
}

/**
 * Tell the site by the report's own key. What it refuses to take back stays, as it counts. Of a report that was
 * sent within the minute, and that the site doesn't know yet, it is asked again.
 */
async function sendWithdrawal(report: PhoneReport): Promise<Outcome> {
  const { station, number, body } = report;
  const key = body.idempotency_key;
  const said = await postJson("/api/v1/reports/withdrawals", { station, idempotency_key: key }, Date.now(), "");
  const isUnknown = said?.status === 404;
  const mayCome = isUnknown && Date.now() - (report.tried ?? 0) < MINUTE_MS;
  const hasNone = isUnknown && !mayCome && !number;
  if (said?.status === 202 || hasNone) return drop(report, { kind: "gone" });
  if (said && isRefused(said) && !mayCome) {
    await storeReport({ ...report, withdrawn: false });
    return { kind: "refused", words: resultText(said) };
  }
  forgetDoor(key);
  return { kind: "waits", words: said ? resultText(said) : "", lasts: openReportStore().lasts(key) };
}

async function drop({ body }: PhoneReport, outcome: Outcome): Promise<Outcome> {
  await openReportStore().remove(body.idempotency_key);
  forgetDoor(body.idempotency_key);
  return outcome;
}

async function count(key: string, told: Rest): Promise<Outcome> {
  const said = await postJson(`${address(told)}/rests`, told.body, told.tapped, "rested_at");
  const isCounted = said?.status === 202 && typeof said.data.counted === "boolean";
  if (!said || !(isCounted || isRefused(said))) {
    return { kind: "waits", words: said ? resultText(said) : "", lasts: rests.lasts(key) };
  }
  await rests.remove(key);
  return isCounted ? { kind: "counted", isFirst: said.data.counted === true } : { kind: "refused", words: resultText(said) };
}

function address({ station }: { station: string }): string {
  return `/api/v1/stations/${encodeURIComponent(station)}`;
}
