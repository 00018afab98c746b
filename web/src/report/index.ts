/**
 * Reports in two taps and rests in one, in the card itself; without this file the forms do the same by hand.
 * Nothing of it is loaded later: it is wanted most where there is no network.
 */
import type { RiderPage } from "../page";
import { say } from "../words";
import { newKey } from "./mine";
import { hand, rest, sendWaiting as send } from "./sending";
import { tell, tellOutcome } from "./told";

export function start(page: RiderPage): void {
  document.addEventListener("submit", (event) => {
    const form = event.target instanceof HTMLFormElement ? event.target : null;
    const card = form?.closest<HTMLElement>(".card");
    const box = card?.querySelector<HTMLElement>(".said");
    if (!form || !card || !box) return;
    event.preventDefault();
    if (form.matches(".rest")) void rested(form, card, box);
    else if (event.submitter instanceof HTMLButtonElement) void report(page, card, box, event.submitter);
  });
  const sending = (): void => void sendWaiting(page);
  window.addEventListener("online", sending);
  document.addEventListener("visibilitychange", () => document.hidden || sending());
  page.onAnswer(sending);
  sending();
}

async function report(page: RiderPage, card: HTMLElement, box: HTMLElement, chosen: HTMLButtonElement): Promise<void> {
  const [observation = "", facility] = chosen.value.split(" ");
  const body = { observation, ...(facility ? { facility } : {}), idempotency_key: newKey() };
  const name = card.querySelector("[data-of=name]")?.textContent ?? "";
  const broken = chosen.closest("fieldset")?.querySelector("legend")?.textContent ?? "";
  const words = `${broken} ${chosen.textContent ?? ""}`.trim();
  const said = { station: card.dataset.id ?? "", name, said: words, body, tapped: Date.now() };
  close(card);
  tell(box, say("Sending …")); // from now on it stays where it is when the page has news
  const outcome = await hand(said);
  tellOutcome(box, outcome);
  if (!box.isConnected) page.tell(box.querySelector("p")?.textContent ?? ""); // the rider has asked something else
  if (observation === "wrong_place" && (outcome.kind === "sent" || outcome.kind === "waits")) {
    await import("./pin").then(({ offer }) => offer(page, card, box, said), () => undefined); // offline, without a worker
  }
}

function close(card: HTMLElement): void {
  card.querySelector<HTMLDetailsElement>("details.report")?.removeAttribute("open");
}

async function rested(form: HTMLFormElement, card: HTMLElement, box: HTMLElement): Promise<void> {
  tell(box, say("Sending …"));
  form.hidden = true; // a second tap would only hear that the first was counted
  const outcome = await rest(card.dataset.id ?? "");
  form.hidden = outcome.kind !== "refused";
  tellOutcome(box, outcome, false);
}

async function sendWaiting(page: RiderPage): Promise<void> {
  if (!navigator.onLine) return;
  const done = await send();
  const sent = done.filter(([, outcome]) => outcome.kind === "sent").length;
  if (sent) page.tell(say("Reports that waited on this phone have been sent: {count}.", { count: sent }));
  const refused = done.find(([, outcome]) => outcome.kind === "refused");
  if (refused?.[1].kind === "refused") page.tell(say("A report that waited was not taken: {why}", { why: refused[1].words }));
}
