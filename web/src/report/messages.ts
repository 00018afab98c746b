/** What stands in a card after something was said: thanks, the number, or why it was not taken. */
import { makeElement } from "../elements";
import { translate } from "../translation";
import type { PhoneReport } from "./phone_reports";
import type { Outcome } from "./sending";

/** Show it in the card's own place and bring it to whoever listens. */
export function showMessage(box: HTMLElement, ...parts: (string | Node)[]): void {
  const line = document.createElement("p");
  line.append(...parts.flatMap((part, at) => (at ? [" ", part] : [part])));
  box.replaceChildren(line);
  box.hidden = false;
  box.focus({ preventScroll: true });
  box.scrollIntoView({ block: "nearest" });
}

export function showOutcome(box: HTMLElement, outcome: Outcome, isReport = true): void {
  if (outcome.kind === "sent") {
    const note = outcome.counts === false ? [translate("It was received, but doesn't count: too many reports came from the same connection.")] : [];
    showMessage(box, ...note, translate("Thank you. The number of your report:"), createNumber(outcome.number), createFollowLink(outcome.number));
  } else if (outcome.kind === "counted") {
    showMessage(box, outcome.isFirst ? translate("Have a good rest. You were counted, without a name.") : translate("You are counted already for this hour."));
  } else if (outcome.kind === "waits") {
    const { words, lasts } = outcome; // whoever leaves for the list would lose what does not last
    showMessage(box, ...[words, waitingText(lasts)].filter(Boolean), ...(isReport && lasts ? [createFollowLink()] : []));
  } else if (outcome.kind === "gone") {
    showMessage(box, translate("This was not sent: you took it back on another page."));
  } else showMessage(box, translate("This was not taken: {why}", { why: outcome.words }));
}

/** Why something that waited was refused, a report or what takes one back; empty where nothing was. */
export function refusalText(done: [PhoneReport, Outcome][]): string {
  return done
    .flatMap(([{ withdrawn }, outcome]) => {
      if (outcome.kind !== "refused") return [];
      const why = { why: outcome.words };
      return withdrawn ? translate("A report could not be taken back: {why}", why) : translate("A report that waited was not taken: {why}", why);
    })
    .join(" ");
}

function waitingText(lasts: boolean): string {
  if (!lasts && navigator.onLine) {
    return translate("The site does not answer now. It is kept as long as this page is open, and sent when it does.");
  }
  if (!lasts) return translate("There is no network. It is kept as long as this page is open, and sent when there is one.");
  if (navigator.onLine) return translate("The site does not answer now. It is kept on this phone and sent when it does.");
  return translate("There is no network. It is kept on this phone and sent when there is one.");
}

function createNumber(number: string): HTMLElement {
  return makeElement("span", "number", number);
}

/** The way to what became of one report, or to all of this phone's. */
function createFollowLink(number = ""): HTMLAnchorElement {
  const link = document.createElement("a");
  const lang = new URLSearchParams(location.search).get("lang");
  link.href = `/reports${number ? `/${number}` : ""}${lang ? `?lang=${lang}` : ""}`;
  link.textContent = number ? translate("What becomes of it") : translate("My reports");
  return link;
}
