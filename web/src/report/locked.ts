/** Doors that the rider has found locked: on her phone their cards say so, and come last. Nobody else hears of it. */
import { withOffset } from "../moments";
import { computeDayEnd, formatCivilTime } from "../offline/time";
import type { RiderPage } from "../page";
import { readSetting, storeSetting } from "../settings";
import { translate } from "../translation";
import type { PhoneReport } from "./phone_reports";

/** What one report, named by its `key`, said of a door; `tapped` in ms by the phone's clock, `at` by the site's. */
type DoorWord = { key: string; station: string; tapped: number; at?: number; isLocked: boolean };

const KEPT_MS = 6 * 3_600_000; // past midnight too: a night's work doesn't end there

/** Remember a report on a door; whoever finds it open later has the last word. */
export function noteDoor({ station, body, tapped }: PhoneReport): void {
  const isLocked = body.observation === "locked";
  if (!isLocked && !["fine", "crowded"].includes(body.observation)) return;
  storeWords([...readWords(), { key: body.idempotency_key, station, tapped, isLocked }]);
}

/** The site has taken a report, and says when that was. */
export function dateDoor(key: string, at: number): void {
  storeWords(readWords().map((word) => (word.key === key ? { ...word, at } : word)));
}

/** Forget a report that was not sent; what was said before it holds again. */
export function forgetDoor(key: string): void {
  storeWords(readWords().filter((word) => word.key !== key));
}

/** Say on each card when its door was found locked, beside what its hours say. */
export function markLockedDoors(page: RiderPage): void {
  for (const note of page.answer.querySelectorAll<HTMLElement>("[data-of=locked]")) {
    const card = note.closest<HTMLElement>(".card");
    if (card) card.dataset.state = note.dataset.before;
    note.remove();
  }
  for (const [card, found] of lockedCards(page)) {
    const note = document.createElement("p");
    Object.assign(note.dataset, { of: "locked", before: card.dataset.state });
    note.textContent = translate("You reported at {time}: door locked", { time: formatCivilTime(found / 1000) });
    card.querySelector("[data-of=opening]")?.after(note);
    if (card.dataset.state === "open") card.dataset.state = "unknown";
  }
}

/** Put these cards behind the others, but along a way, whose order is the way's. */
export function putLockedDoorsLast(page: RiderPage): void {
  if (page.answer.dataset.line) return;
  for (const [card] of lockedCards(page)) card.parentElement?.append(card);
}

/** The cards whose doors, at the time that is asked about, still count as locked; when each was found so, in ms. */
function lockedCards(page: RiderPage): [HTMLElement, number][] {
  const at = page.question().get("at");
  const asked = at === null ? Date.now() : Date.parse(withOffset(at));
  const last = new Map(readWords().map((word) => [word.station, word])); // of each door the last word
  const locked = [...last.values()].filter((word) => word.isLocked && asked < holdsUntil(word));
  return locked.flatMap(({ station, tapped, at: found = tapped }) => {
    const card = page.answer.querySelector<HTMLElement>(`.card[data-id="${CSS.escape(station)}"]`);
    const letIn = Number(card?.dataset.letIn ?? 0) * 1000; // said officially
    return card && letIn < found ? [[card, found]] : [];
  });
}

/** The end of its day, and some hours at least. */
function holdsUntil({ tapped }: DoorWord): number {
  return Math.max(computeDayEnd(tapped / 1000) * 1000, tapped + KEPT_MS);
}

/** In the order in which they were said; the phone keeps none that no longer holds. */
function readWords(): DoorWord[] {
  const stored = JSON.parse(readSetting("locked") || "[]") as DoorWord[];
  const holding = stored.filter((word) => Date.now() < holdsUntil(word));
  if (holding.length < stored.length) storeWords(holding);
  return holding;
}

function storeWords(words: DoorWord[]): void {
  storeSetting("locked", JSON.stringify(words));
}
