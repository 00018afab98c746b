/** “A slip: take it back”, beside the thanks, for as long as somebody may just have tapped on the wrong button. */
import { makeButton, makeElement } from "../elements";
import { translate } from "../translation";
import { showMessage } from "./messages";
import type { PhoneReport } from "./phone_reports";
import { takeReportBack } from "./sending";

const OFFERED_MS = 120_000;

/** Offer it in a card, for the reports that one answer stands for; `onTaken` when they count no more. */
export function offerTakingBack(box: HTMLElement, reports: PhoneReport[], onTaken: () => void): void {
  const offer = makeElement("p", "founds");
  const why = makeElement("span");
  const button = makeButton(translate("A slip: take it back"), () => void take());
  why.setAttribute("role", "status");
  offer.append(button, why);
  box.append(offer);
  box.scrollIntoView({ block: "nearest" });
  setTimeout(() => offer.remove(), OFFERED_MS);

  async function take(): Promise<void> {
    button.disabled = true;
    why.textContent = "";
    const taken = await Promise.all(reports.map(takeReportBack));
    button.disabled = false;
    const refused = taken.flatMap((outcome) => (outcome.kind === "refused" ? outcome.words : []));
    if (refused.length) {
      why.textContent = translate("It could not be taken back: {why}", { why: refused.join(" ") });
      return;
    }
    const waits = taken.find((outcome) => outcome.kind === "waits");
    if (waits?.kind === "waits") showMessage(box, ...[waits.words, waitingText(waits.lasts)].filter(Boolean));
    else showMessage(box, translate("Taken back: it does not count."));
    onTaken();
  }
}

function waitingText(lasts: boolean): string {
  if (lasts) return translate("It will be taken back as soon as the site can be reached; until then it may count.");
  return translate("It will be taken back as soon as the site can be reached; keep this page open until then.");
}
