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

/** How a list is ordered, if that is said, and for which time it holds; with the way to another time, or back to now; and whether it is over. */
export function createAsOf(asked: URLSearchParams, start: number, ...order: string[]): HTMLElement[] {
  const params = { at: formatMinute(start, Date.now() / 1000) };
  const isChosen = asked.has("at");
  const text = isChosen ? translate("For {at}, Beijing time", params) : translate("As at {at}, Beijing time", params);
  const now = new URLSearchParams([...asked].filter(([name]) => !["at", "employer"].includes(name)));
  const link = isChosen ? createElement("a", { class: "time", href: `/?${now}` }, translate("Ask for now")) : createElement("a", { class: "time", href: "#at" }, translate("Another time"));
  const made = createElement("p", { class: "small" }, [...order, text, ""].join(" · "));
  made.append(link);
  const isPast = isChosen && start < Date.now() / 1000 - 60; // the form's field knows whole minutes
  return isPast ? [made, createElement("p", { class: "notice" }, translate("The time that you asked about is over."))] : [made];
}

/** How many of a list's places are open by their usual hours alone, on a holiday. */
export function createUsualHours(listed: { opening: Opening }[]): HTMLElement[] {
  const count = listed.filter(({ opening }) => opening.reason === USUAL_HOURS_ON_HOLIDAY).length;
  const text = translate("{count} of them go by their usual hours, which may differ on the holiday: ask before you go.", { count });
  return count ? [createElement("p", { class: "small" }, text)] : [];
}

/** What was asked for, each with the way to leave it out; nothing where nothing was. */
export function createNeeds(region: Region, filters: Filters, asked: URLSearchParams): HTMLElement[] {
  const needs = listNeeds(region, filters);
  if (!needs.length) return [];
  const made = createElement("p", { class: "needs small" }, translate("Looking for"));
  for (const { text, field, value } of needs) {
    const without = new URLSearchParams([...asked].filter(([name, one]) => name !== "employer" && !(name === field && one === value)));
    const label = translate("Look no longer for {need}", { need: text });
    made.append(" ", createElement("a", { rel: "nofollow", "data-of": "without", href: `/?${without}`, "aria-label": label }, `${text} ×`));
  }
  return [made, ...createInstead(asked)];
}

/** What somebody may mean who asked for something else. */
export function createInstead(asked: URLSearchParams): HTMLElement[] {
  const facilities = asked.getAll("facility");
  const meant = [
    ["charging", "ebike_charging", translate("Look for e-bike charging")],
    ["ebike_charging", "battery_swap", translate("Look for battery swap")],
  ] as const;
  return meant
    .filter(([has, other]) => facilities.includes(has) && !facilities.includes(other))
    .map(([has, other, text]) => {
      const first = [...asked.keys()].indexOf("facility");
      const others = [...asked].map(([name, value], at) => ({ name, value, at })).filter(({ name }) => name !== "facility");
      const more = new URLSearchParams(others.filter(({ at }) => at < first).map(({ name, value }) => [name, value]));
      for (const one of [...facilities.filter((one) => one !== has), other]) more.append("facility", one);
      for (const { name, value } of others.filter(({ at }) => at > first)) more.append(name, value);
      return linkToQuestion("instead", more, text);
    });
}

/** A link to a question; the script adds the employer to each request by itself. */
export function linkToQuestion(of: string, asked: URLSearchParams, text: string): HTMLElement {
  asked.delete("employer");
  const made = createElement("p", { class: "further" });
  made.append(createElement("a", { class: "button", rel: "nofollow", "data-of": of, href: `/?${asked}` }, text));
  return made;
}

export function nameWanted(region: Region, filters: Filters): string {
  return listNeeds(region, filters)
    .map(({ text }) => text)
    .join(translate(", "));
}

export function listNeeds(region: Region, { kinds, facilities, stayMin }: Filters): { text: string; field: string; value: string }[] {
  const { kind, facility } = region.labels;
  const needs = [...kinds].map((value) => ({ text: renderText(region, kind?.[value] ?? ""), field: "kind", value }));
  needs.push(...[...facilities].map((value) => ({ text: renderText(region, facility?.[value] ?? ""), field: "facility", value })));
  if (stayMin === 1440) needs.push({ text: translate("round the clock"), field: "stay_min", value: "1440" });
  return needs.filter(({ text }) => text);
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
