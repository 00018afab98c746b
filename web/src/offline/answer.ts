/** The answer's section made on the phone: what templates/rider/answer.html makes on the server, and how old it is. */
import { say } from "../words";
import { holds, opened } from "./ask";
import { card } from "./card";
import { type Hit, type Nearest, type Skip, nearest } from "./nearest";
import * as places from "./places";
import { MOST_RESULTS, type Question, REACH_M, read, wayOf, wish } from "./question";
import type { Region } from "./region";
import { asAt, element, heading, howOld, section } from "./section";
import { civilMinute } from "./time";
import * as words from "./words";

const COARSE_M = 1000;
type Answered = { question: Question; found: Nearest; region: Region; savedAt: number };

/** The section, or null where the phone can't answer. */
export async function answer(asked: URLSearchParams): Promise<HTMLElement | null> {
  const now = Date.now();
  const [way, wished, saved] = [wayOf(asked), wish(asked, now), await opened(now)];
  if (!way || !wished || !saved) return null;
  const { region, savedAt } = saved;
  if (way === "station") return places.onePlace(region, asked.get("station") ?? "", wished, savedAt);
  if (way === "district") return places.inDistrict(region, asked.get("district") ?? "", wished, savedAt);
  if (way === "q") return places.choices(region, asked, savedAt);
  const question = read(asked, now);
  if (!question || !holds(region.box, question.point)) return null;
  return near(asked, { question, region, found: nearest(region, question), savedAt });
}

function near(asked: URLSearchParams, answered: Answered): HTMLElement {
  const { question, found, region } = answered;
  const isFar = isNobodyThere(answered);
  const made = section(isFar ? "far" : "answered", region, civilMinute(question.start));
  [made.dataset.lon, made.dataset.lat] = question.point.map(String);
  const cards = element("ol", { class: "cards" });
  cards.append(...found.results.map((hit) => card(region, question, hit)));
  made.append(
    heading(around(asked)),
    element("p", { class: "small" }, [say("Nearest first"), asAt(question.start)].join(" · ")),
    howOld(answered.savedAt, beyond(found)),
    ...aside(answered),
    ...(found.results.length ? [cards, ...further(asked, answered)] : []),
    ...(!found.results.length && found.isWhole ? [element("p", { class: "notice" }, nothing(isFar))] : []),
    ...passedOver(found),
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
  return found.isWhole && !found.results.length && !found.skipped.length && question.withinM >= REACH_M;
}

/** What the phone can't know. */
function beyond({ results, isWhole, savedToM }: Nearest): string {
  if (isWhole) return "";
  const last = results[results.length - 1];
  if (last && last.metres > savedToM) return say("Something nearer may lie outside of the area that your phone has saved.");
  if (last) return say("Farther off, outside of the area that your phone has saved, there may be more.");
  return say("Nothing usable was found in the area that your phone has saved; there may be something outside of it.");
}

function nothing(isFar: boolean): string {
  if (isFar) return say("No place of this register lies within 100 km of there. Is that where you are? If not, say where.");
  return say("Nothing usable was found. Leave out a filter.");
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

/** Nearer than the last on the list; all of them where nothing is on it. */
function passedOver({ results, skipped }: Nearest): HTMLElement[] {
  const last = results[results.length - 1];
  const told = last ? skipped.filter((skip) => skip.metres <= last.metres) : skipped;
  if (!told.length) return [];
  const count = told.length;
  const heading = last ? say("Nearer, but passed over: {count}", { count }) : say("Near there, but passed over: {count}", { count });
  return [folded(heading, told, !last)];
}

function folded(heading: string, skipped: Skip[], isOpen: boolean): HTMLElement {
  const made = element("details", { class: "passed", ...(isOpen ? { open: "" } : {}) });
  const list = document.createElement("ul");
  for (const skip of skipped) {
    const item = element("li", { "data-id": skip.station.id });
    const why = element("span", { class: "small" }, `${words.metres(skip.metres)} · ${skip.reason}`);
    item.append(element("span", {}, skip.station.name), " ", why);
    list.append(item);
  }
  made.append(element("summary", {}, heading), list);
  return made;
}
