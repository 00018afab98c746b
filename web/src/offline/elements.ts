/** Parts of an answer that the phone makes, whatever was asked. */
import { translate } from "../translation";
import type { Filters } from "./filters";
import { type Opening, USUAL_HOURS_ON_HOLIDAY } from "./opening";
import { type Region, renderText } from "./region";
import { formatClock, formatMinute } from "./time";
import * as words from "./texts";

export function createSection(state: string, region: Region): HTMLElement {
  const made = createElement("section", { class: "answer", id: "answer" });
  Object.assign(made.dataset, { state, offline: "true", version: region.version });
  return made;
}

export function createHeading(text: string): HTMLElement {
  return createElement("h2", { id: "found", tabindex: "-1" }, text);
}

/** How a list is ordered, if that is said, and for which time it holds; with the way to another time, or back to now. */
export function createAsOf(asked: URLSearchParams, start: number, ...order: string[]): HTMLElement {
  const params = { at: formatMinute(start, Date.now() / 1000) };
  const isChosen = asked.has("at");
  const text = isChosen ? translate("For {at}, Beijing time", params) : translate("As at {at}, Beijing time", params);
  const now = new URLSearchParams([...asked].filter(([name]) => !["at", "employer"].includes(name)));
  const link = isChosen ? createElement("a", { class: "time", href: `/?${now}` }, translate("Ask for now")) : createElement("a", { class: "time", href: "#at" }, translate("Another time"));
  const made = createElement("p", { class: "small" }, [...order, text, ""].join(" · "));
  made.append(link);
  return made;
}

/** How many of a list's places are open by their usual hours alone, on a holiday. */
export function createUsualHours(listed: { opening: Opening }[]): HTMLElement[] {
  const count = listed.filter(({ opening }) => opening.reason === USUAL_HOURS_ON_HOLIDAY).length;
  const text = translate("{count} of them go by their usual hours, which may differ on the holiday: ask before you go.", { count });
  return count ? [createElement("p", { class: "small" }, text)] : [];
}

/** What was asked for, in words; nothing where nothing was. */
export function createNeeds(region: Region, filters: Filters): HTMLElement[] {
  const wanted = nameWanted(region, filters);
  return wanted ? [createElement("p", { class: "small" }, translate("Looking for: {wanted}", { wanted }))] : [];
}

export function nameWanted(region: Region, { kinds, facilities, stayMin }: Filters): string {
  const { kind, facility } = region.labels;
  const named = [...[...kinds].map((code) => kind?.[code]), ...[...facilities].map((code) => facility?.[code])];
  const labels = named.filter((label) => label !== undefined).map((label) => renderText(region, label));
  if (stayMin === 1440) labels.push(translate("round the clock"));
  return labels.join(translate(", "));
}

/** How old the answer is, why the phone gave it, and what it can't know. */
export function createAgeNote(savedAt: number, beyond = ""): HTMLElement {
  const now = Date.now();
  const params = { age: words.formatAge(now - savedAt), time: formatClock(savedAt / 1000, now / 1000) };
  const text = navigator.onLine
    ? translate("The site does not answer: your phone did by itself, from places that it saved {age} ago ({time}).", params)
    : translate("No network: your phone answered by itself, from places that it saved {age} ago ({time}).", params);
  const made = createElement("p", { class: "notice saved" }, text);
  if (beyond) made.append(" ", createElement("span", { class: "edge" }, beyond));
  return made;
}

export function createElement(tag: string, attributes: Record<string, string>, text = ""): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}
