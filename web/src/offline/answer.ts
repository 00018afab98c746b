/** The answer's section made on the phone: what templates/rider/answer.html makes on the server, and how old it is. */
import { translate } from "../translation";
import { isInBox, loadRegion } from "./loading";
import { createCard } from "./card";
import { type NearestStation, type NearestResult, type SkippedStation, findNearest } from "./nearest";
import { limitsText } from "./limits";
import * as places from "./places";
import { MOST_RESULTS, type NearestQuery, REACH_M, parseQuestion, parseWay, parseOptions } from "./question";
import type { Region } from "./region";
import { asOfText, createElement, createHeading, createAgeNote, createNeeds, createSection } from "./elements";
import { formatCivilMinute } from "./time";
import * as words from "./texts";

const COARSE_M = 1000;
/** Farther away is not near for a rider who travels so. */
const NEAR_M = { walk: 5000, ebike: 15000 };
type Answered = { question: NearestQuery; found: NearestResult; region: Region; savedAt: number };

/** The section, or null where the phone can't answer. */
export async function answerOffline(asked: URLSearchParams): Promise<HTMLElement | null> {
  const now = Date.now();
  const [way, wished, saved] = [parseWay(asked), parseOptions(asked, now), await loadRegion(now)];
  if (!way || !wished || !saved) return null;
  const { region, savedAt } = saved;
  if (way === "station") return places.answerPlace(region, asked.get("station") ?? "", wished, savedAt);
  if (way === "district") return places.answerDistrict(region, asked.get("district") ?? "", wished, savedAt);
  if (way === "q") return places.answerChoices(region, asked, savedAt);
  const question = parseQuestion(asked, now);
  if (!question || !isInBox(region.box, question.point)) return null;
  return near(asked, { question, region, found: findNearest(region, question), savedAt });
}

function near(asked: URLSearchParams, answered: Answered): HTMLElement {
  const { question, found, region } = answered;
  const isFar = isNobodyThere(answered);
  const made = createSection(isFar ? "far" : "answered", region, formatCivilMinute(question.start));
  [made.dataset.lon, made.dataset.lat] = question.point.map(String);
  const cards = createElement("ol", { class: "cards" });
  cards.append(...listShown(found).map((hit) => createCard(region, question, hit)));
  const order = found.openFirst ? translate("Surely open first, then the nearest") : translate("Nearest first");
  made.append(
    createHeading(around(asked)),
    createElement("p", { class: "small" }, [order, asOfText(question.start)].join(" · ")),
    ...createNeeds(region, asked.getAll("facility")),
    ...(isPhones(asked) ? [] : [createElement("p", { class: "small" }, here(question))]),
    createAgeNote(answered.savedAt, beyond(found)),
    ...aside(answered),
    ...(found.results.length ? [cards, ...further(asked, answered)] : []),
    ...(!found.results.length && found.isWhole ? [createElement("p", { class: "notice" }, nothing(isFar))] : []),
    ...passedOver(found),
    createElement("p", { class: "small" }, translate("Distances are straight lines. Minutes are estimates: streets are taken to be 1.3 times as long.")),
    ...(isPhones(asked) ? [createElement("p", { class: "small" }, here(question))] : []),
  );
  return made;
}

function listShown({ openFirst, results }: NearestResult): NearestStation[] {
  return openFirst ? [openFirst, ...results.filter((hit) => hit.station !== openFirst.station)] : results;
}

/** What the server says above the list as well. */
function aside({ question, found, region }: Answered): HTMLElement[] {
  const told: HTMLElement[] = [];
  if (question.accuracy > COARSE_M) {
    const text = translate("Your phone knows its place only within {distance}: look at the distances with that in mind, or say where you are.", { distance: words.formatDistance(question.accuracy) });
    told.push(createElement("p", { class: "notice" }, text));
  }
  const distances = listShown(found).map((hit) => hit.metres);
  if (distances.length && Math.min(...distances) > NEAR_M[question.travel]) {
    const text = translate("There is nothing near: no place within {distance}. These are the nearest.", { distance: words.formatDistance(NEAR_M[question.travel]) });
    told.push(createElement("p", { class: "notice" }, text));
  } else if (found.grownToM !== null) {
    const text = translate("Nothing nearer will do: looked as far as {distance}.", { distance: words.formatDistance(found.grownToM) });
    told.push(createElement("p", { class: "small" }, text));
  }
  const limits = limitsText(region, question.point, distances.length ? Math.max(...distances) : question.withinM);
  if (limits) told.push(createElement("p", { class: "small" }, limits));
  if (found.firstToOpen) told.push(createElement("p", { class: "notice" }, firstToOpen(found.firstToOpen)));
  return told;
}

/** More of the same list, as the server offers it. */
function further(asked: URLSearchParams, { question: { k }, found }: Answered): HTMLElement[] {
  if (found.results.length < k || k >= MOST_RESULTS) return [];
  const more = new URLSearchParams(asked);
  more.set("k", String(Math.min(MOST_RESULTS, 2 * k)));
  const link = createElement("a", { class: "button", rel: "nofollow", "data-of": "further", href: `/?${more}` }, translate("Show more places"));
  const made = createElement("p", { class: "further" });
  made.append(link);
  return [made];
}

function isNobodyThere({ question, found }: Answered): boolean {
  return found.isWhole && !found.results.length && !found.skipped.length && question.withinM >= REACH_M;
}

/** What the phone can't know. */
function beyond({ results, isWhole, savedToM }: NearestResult): string {
  if (isWhole) return "";
  const last = results[results.length - 1];
  if (last && last.metres > savedToM) return translate("Something nearer may lie outside of the area that your phone has saved.");
  if (last) return translate("Farther off, outside of the area that your phone has saved, there may be more.");
  return translate("Nothing usable was found in the area that your phone has saved; there may be something outside of it.");
}

function nothing(isFar: boolean): string {
  if (isFar) return translate("No place of this register lies within 100 km of there. Is that where you are? If not, say where.");
  return translate("Nothing usable was found. Leave out a filter.");
}

/** Only a phone says how well it knows a point. */
function isPhones(asked: URLSearchParams): boolean {
  return Boolean(asked.get("accuracy")?.trim());
}

function around(asked: URLSearchParams): string {
  return isPhones(asked) ? translate("Near where you are") : translate("Near the place that you chose");
}

function here({ asked, datum }: NearestQuery): string {
  const place = asked.map((degrees) => degrees.toFixed(4)).join(", ");
  return translate("Coordinates asked about: {place} ({system})", { place, system: words.formatDatum(datum) });
}

function firstToOpen(hit: NearestStation): string {
  const params = { name: hit.station.name, distance: words.formatDistance(hit.metres), bearing: words.formatBearing(hit.bearing) };
  const place = translate("First to open: {name}, {distance} {bearing}.", params);
  return `${place} ${words.formatOpening(hit.opening, hit.at)}`;
}

/** Nearer than the last on the list; all of them where nothing is on it. */
function passedOver({ results, skipped }: NearestResult): HTMLElement[] {
  const last = results[results.length - 1];
  const told = last ? skipped.filter((skip) => skip.metres <= last.metres) : skipped;
  if (!told.length) return [];
  const count = told.length;
  const heading = last ? translate("Nearer, but passed over: {count}", { count }) : translate("Near there, but passed over: {count}", { count });
  return [folded(heading, told, !last)];
}

function folded(heading: string, skipped: SkippedStation[], isOpen: boolean): HTMLElement {
  const made = createElement("details", { class: "passed", ...(isOpen ? { open: "" } : {}) });
  const list = document.createElement("ul");
  for (const skip of skipped) {
    const item = createElement("li", { "data-id": skip.station.id });
    const why = createElement("span", { class: "small" }, `${words.formatDistance(skip.metres)} · ${skip.reason}`);
    item.append(createElement("span", {}, skip.station.name), " ", why);
    list.append(item);
  }
  made.append(createElement("summary", {}, heading), list);
  return made;
}
