/** The reports of this phone: those that wait for the network, and the numbers of those that were sent. */
import { type Shelf, openShelf } from "../offline/store";

export interface ReportBody {
  observation: string;
  facility?: string;
  pin?: { lon: number; lat: number; datum: "wgs84" };
  idempotency_key: string;
}

/**
 * One report; `number` and `at` (ms, by the site's clock) are there once it was sent, `tapped` (ms) when the rider said it.
 * The site may have what was `tried`, when last, whether it answered or not; what is `withdrawn` is to be taken back there.
 */
export interface PhoneReport {
  station: string;
  name: string;
  /** What the rider said, as the button had it. */
  said: string;
  body: ReportBody;
  tapped: number;
  tried?: number;
  withdrawn?: boolean;
  number?: string;
  at?: number;
}

const MOST_KEPT = 50;

export function openReportStore(): Shelf<PhoneReport> {
  return openShelf<PhoneReport>("reports");
}

/** In the order in which they were said. */
export async function listReports(): Promise<[string, PhoneReport][]> {
  return (await openReportStore().entries()).sort(([, one], [, other]) => one.tapped - other.tapped);
}

/** Keep what was said, under its own key; the oldest that were sent go where they are too many. */
export async function storeReport(report: PhoneReport): Promise<void> {
  await openReportStore().put(report.body.idempotency_key, report);
  const sent = (await listReports()).filter(([, { number, withdrawn }]) => number && !withdrawn);
  for (const [key] of sent.slice(0, Math.max(0, sent.length - MOST_KEPT))) await openReportStore().remove(key);
}

/** Two reports never have the same one; `randomUUID` is only where the page came by https. */
export function createKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
