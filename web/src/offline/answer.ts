/** The answer's section made on the phone: what templates/rider/answer.html makes on the server, and how old it is. */
import { say } from "../words";
import { type Answered, ask } from "./ask";
import { card } from "./card";
import type { Hit, Skip } from "./nearest";
import { MOST_RESULTS, type Question, REACH_M } from "./question";
import { civilMinute, whenSaid } from "./time";
import * as words from "./words";

export { answeredBySaved } from "./data";

const COARSE_M = 1000;

/** The section, or null where the phone can't answer. */
export async function answer(asked: URLSearchParams): Promise<HTMLElement | null> {
  const answered = await ask(asked);
  return answered && section(asked, answered);
}

function section(asked: URLSearchParams, answered: Answered): HTMLElement {
  const { question, found, region } = answered;
  const made = element("section", { class: "answer", id: "answer", "aria-labelledby": "found" });
  const isFar = isNobodyThere(answered);
  const at = civilMinute(question.start);
  Object.assign(made.dataset, { state: isFar ? "far" : "answered", offline: "true", at, version: region.version });
  [made.dataset.lon, made.dataset.lat] = question.point.map(String);
  const cards = element("ol", { class: "cards" });
  cards.append(...found.results.map((hit) => card(region, question, hit)));
  made.append(
    element("h2", { id: "found", tabindex: "-1" }, around(asked)),
    element("p", { class: "small" }, [say("Nearest first"), asAt(question)].join(" · ")),
    element("p", { class: "notice saved" }, howOld(answered.savedAt)),
    ...found.isWhole ? [] : [element("p", { class: "notice edge" }, beyond(found.results.length))],
    ...aside(answered),
    ...(found.results.length ? [cards, ...further(asked, answered)] : []),
    ...(!found.results.length && found.isWhole ? [element("p", { class: "notice" }, nothing(isFar))] : []),
    ...(found.skipped.length ? [passedOver(found.skipped, !found.results.length)] : []),
    element("p", { class: "small" }, say("Distances are straight lines. Minutes are estimates: streets are taken to be 1.3 times as long.")),
    element("p", { class: "small" }, here(question)),
  );
  return made;
}

/** What the server says above the list as well. */
function aside({ question, found }: Answered): HTMLElement[] {
  const told: HTMLElement[] = [];
  if (question.accuracy > COARSE_M) {
    const text = say("Your phone knows its place only within {distance}: look at the distances with that in mind, or say where you are.", { distance: words.metres(question.accuracy) });
    told.push(element("p", { class: "notice" }, text));
  }
  if (found.grownToM !== null) {
    const text = say("Nothing nearer will do: looked as far as {distance}.", { distance: words.metres(found.grownToM) });
    told.push(element("p", { class: "small" }, text));
  }
  if (found.firstToOpen) told.push(element("p", { class: "notice" }, firstToOpen(found.firstToOpen)));
  return told;
}

/** More of the same list, as the server offers it. */
function further(asked: URLSearchParams, { question: { k }, found }: Answered): HTMLElement[] {
  if (found.results.length < k || k >= MOST_RESULTS) return [];
  const more = new URLSearchParams(asked);
  more.set("k", String(Math.min(MOST_RESULTS, 2 * k)));
  const link = element("a", { class: "button", rel: "nofollow", "data-of": "further", href: `/?${more}` }, say("Show more places"));
  const made = element("p", { class: "further" });
  made.append(link);
  return [made];
}

function isNobodyThere({ question, found }: Answered): boolean {
  return found.isWhole && !found.results.length && !found.skipped.length && (question.withinM ?? 0) >= REACH_M;
}

function howOld(savedAt: number): string {
  const now = Date.now();
  const params = { age: words.age(now - savedAt), time: whenSaid(savedAt / 1000, now / 1000) };
  if (navigator.onLine) return say("The site does not answer: your phone did by itself, from places that it saved {age} ago ({time}).", params);
  return say("No network: your phone answered by itself, from places that it saved {age} ago ({time}).", params);
}

function beyond(count: number): string {
  if (count) return say("Something nearer may lie outside of the area that your phone has saved.");
  return say("Nothing usable was found in the area that your phone has saved; there may be something outside of it.");
}

function nothing(isFar: boolean): string {
  if (isFar) return say("No place of this register lies within 100 km of there. Is that where you are? If not, say where.");
  return say("Nothing usable was found. Leave out a filter, or look at why nearer places were passed over.");
}

function asAt(question: Question): string {
  return say("As at {at}, Beijing time", { at: civilMinute(question.start) });
}

/** Only a phone says how well it knows a point. */
function around(asked: URLSearchParams): string {
  return asked.get("accuracy")?.trim() ? say("Near where you are") : say("Near the place that you chose");
}

function here({ asked, datum }: Question): string {
  const place = asked.map((degrees) => degrees.toFixed(4)).join(", ");
  return say("Coordinates asked about: {place} ({system})", { place, system: words.system(datum) });
}

function firstToOpen(hit: Hit): string {
  const params = { name: hit.station.name, distance: words.metres(hit.metres), bearing: words.bearing(hit.bearing) };
  const place = say("First to open: {name}, {distance} {bearing}.", params);
  return `${place} ${words.opening(hit.opening, hit.at)}`;
}

function passedOver(skipped: Skip[], isOpen: boolean): HTMLElement {
  const made = element("details", { class: "passed", ...(isOpen ? { open: "" } : {}) });
  const list = document.createElement("ul");
  for (const skip of skipped) {
    const item = element("li", { "data-id": skip.station.id });
    const why = element("span", { class: "small" }, `${words.metres(skip.metres)} · ${skip.reason}`);
    item.append(element("span", {}, skip.station.name), " ", why);
    list.append(item);
  }
  made.append(element("summary", {}, say("Nearer, but passed over: {count}", { count: skipped.length })), list);
  return made;
}

function element(tag: string, attributes: Record<string, string>, text = ""): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}
