/**
 * Reports in two taps and rests in one, in the card itself; without this file the forms do the same by hand.
 * Nothing of it is loaded later: it is wanted most where there is no network.
 */
import type { RiderPage } from "../page";
import { translate } from "../translation";
import { markLockedDoors, putLockedDoorsLast } from "./locked";
import { createKey } from "./phone_reports";
import { sendOrQueueReport, sendOrQueueRest, sendWaiting as send } from "./sending";
import { refusalText, showMessage, showOutcome } from "./messages";
import { offerTakingBack } from "./take_back";

export function startReports(page: RiderPage): void {
  document.addEventListener("submit", (event) => {
    const form = event.target instanceof HTMLFormElement ? event.target : null;
    const card = form?.closest<HTMLElement>(".card");
    const box = card?.querySelector<HTMLElement>(".said");
    if (!form || !card || !box) return;
    event.preventDefault();
    if (form.matches(".rest")) void sendRest(form, card, box);
    else if (event.submitter instanceof HTMLButtonElement) void sendReport(page, card, box, event.submitter);
  });
  const sending = (): void => void sendWaiting(page);
  window.addEventListener("online", sending);
  document.addEventListener("visibilitychange", () => document.hidden || sending());
  page.onAnswer(sending);
  sending();
  const mark = (): void => {
    markLockedDoors(page);
    putLockedDoorsLast(page);
  };
  page.onAnswer(mark);
  mark();
}

async function sendReport(page: RiderPage, card: HTMLElement, box: HTMLElement, chosen: HTMLButtonElement): Promise<void> {
  const [observation = "", facility] = chosen.value.split(" ");
  const body = { observation, ...(facility ? { facility } : {}), idempotency_key: createKey() };
  const name = card.querySelector("[data-of=name]")?.textContent ?? "";
  const broken = chosen.closest("fieldset")?.querySelector("legend")?.textContent ?? "";
  const words = `${broken} ${chosen.textContent ?? ""}`.trim();
  const said = { station: card.dataset.id ?? "", name, said: words, body, tapped: Date.now() };
  closeReportForm(card);
  showMessage(box, translate("Sending …")); // from now on it stays where it is when the page has news
  const outcome = await sendOrQueueReport(said);
  showOutcome(box, outcome);
  markLockedDoors(page); // it stays where it is while she reads what became of it
  if (!box.isConnected) page.showMessage(box.querySelector("p")?.textContent ?? ""); // the rider has asked something else
  if (outcome.kind !== "sent" && outcome.kind !== "waits") return;
  offerTakingBack(box, [said], () => markLockedDoors(page));
  if (observation === "wrong_place") {
    await import("./pin").then(({ offerPin }) => offerPin(page, card, box, said), () => undefined); // offline, without a worker
  }
}

function closeReportForm(card: HTMLElement): void {
  card.querySelector<HTMLDetailsElement>("details.report")?.removeAttribute("open");
}

async function sendRest(form: HTMLFormElement, card: HTMLElement, box: HTMLElement): Promise<void> {
  showMessage(box, translate("Sending …"));
  form.hidden = true; // a second tap would only hear that the first was counted
  const outcome = await sendOrQueueRest(card.dataset.id ?? "");
  form.hidden = outcome.kind !== "refused";
  showOutcome(box, outcome, false);
}

async function sendWaiting(page: RiderPage): Promise<void> {
  if (!navigator.onLine) return;
  const done = await send();
  const sent = done.filter(([, outcome]) => outcome.kind === "sent").length;
  if (sent) page.showMessage(translate("Reports that waited on this phone have been sent: {count}.", { count: sent }));
  const refused = refusalText(done);
  if (refused) page.showMessage(refused);
}
