/** The answer's section made on the phone: what templates/rider/answer.html makes on the server, and how old it is. */
import { translate } from "../translation";
import { isInBox, loadRegion } from "./loading";
import { createCard, createWayThere } from "./card";
import { MOST_SKIPPED, type NearestResult, type NearestStation, type SkippedStation, UNVERIFIED_ALL_DAY, findNearest } from "./nearest";
import { limitsText } from "./limits";
import { USUAL_HOURS_ON_HOLIDAY } from "./opening";
import { findsPlace, listCalled } from "./place_search";
import * as places from "./places";
import { FARTHER_MIN, MOST_RESULTS, type NearestOptions, type NearestQuery, REACH_M, hasConditions, isKnown, parseFilters, parseQuestion, parseWay, parseOptions, selectLocationFields } from "./question";
import { type Region, renderText } from "./region";
import { createAsOf, createElement, createHeading, createAgeNote, createNeeds, createSection, createUsualHours, linkToQuestion, listNeeds, nameWanted } from "./elements";
import { shortenDays } from "./time";
import * as words from "./texts";
import { readTypedPoint, resolveTypedWords } from "./typed_words";

const COARSE_M = 1000;
const MAX_TIMED_M = 30_000; // yihui/http/rider/cards.py
const SAME_M = 1; // a point so near to a station is the station's
type Answered = { question: NearestQuery; found: NearestResult; region: Region; savedAt: number; isWidened: boolean; isFiltered: boolean };

/** The section, or null where the phone can't answer. */
export async function answerOffline(sent: URLSearchParams): Promise<HTMLElement | null> {
  const now = Date.now();
  const [wished, saved] = [parseOptions(sent, now), await loadRegion(now)];
  if (!wished || !saved || !isKnown(sent)) return null;
  const meant = resolveTypedWords(saved.region.typed, sent, (text) => listCalled(saved.region, text), (text) => findsPlace(saved.region, text));
  const made = answer(meant ?? selectLocationFields(sent), { ...saved, wished, now });
  if (meant && made) made.dataset.meant = meant.toString();
  if (made && sent.get("at")) keepTime(made, sent.get("at") ?? "");
  return made;
}

/** The pages of single places, which a list links to, are for the same time. */
function keepTime(made: HTMLElement, at: string): void {
  for (const link of made.querySelectorAll<HTMLAnchorElement>("li[data-id] > a, .notice > a[href^='/?station=']")) link.setAttribute("href", `${link.getAttribute("href")}&at=${encodeURIComponent(at)}`);
}

function answer(asked: URLSearchParams, { region, savedAt, wished, now }: { region: Region; savedAt: number; wished: NearestOptions; now: number }): HTMLElement | null {
  const way = parseWay(asked);
  if (!way) return askWhere(region, asked);
  if (way === "q" && readTypedPoint(region.typed.points, asked.get("q") ?? "") === "no_coordinates") return refuseLink(region);
  if (way === "station") return places.answerPlace(region, asked, wished, savedAt);
  if (way === "district") return places.answerDistrict(region, asked, wished, savedAt);
  if (way === "q") return places.answerChoices(region, asked, wished, savedAt);
  const question = parseQuestion(asked, now);
  if (!question || !isInBox(region.box, question.point)) return null;
  const isFiltered = hasConditions(asked);
  const found = findNearest(region, question);
  const isWidened = !found.results.length && !isFiltered && question.withinMin < FARTHER_MIN && question.withinM >= Math.min(REACH_M, reachOf(question));
  const wider = { ...question, withinMin: FARTHER_MIN };
  return near(asked, isWidened ? { question: wider, region, found: findNearest(region, wider), savedAt, isWidened, isFiltered } : { question, region, found, savedAt, isWidened, isFiltered });
}

/** What was needed where nobody said where; null where nothing was needed. */
function askWhere(region: Region, asked: URLSearchParams): HTMLElement | null {
  const filters = parseFilters(asked);
  const wanted = nameWanted(region, filters);
  if (!wanted) return null;
  const made = createSection("asking", region);
  made.dataset.asks = translate("Where do you need it ({wanted})?", { wanted });
  made.append(...createNeeds(region, filters, asked));
  return made;
}

/** A map app's link without coordinates. */
function refuseLink(region: Region): HTMLElement {
  const [message, remedy] = region.typed.points.fault.map((text) => renderText(region, text)) as [string, string];
  const made = createSection("problems", region);
  made.dataset.asks = `${message} ${remedy}`;
  return made;
}

function near(asked: URLSearchParams, answered: Answered): HTMLElement {
  const { question, found, region } = answered;
  const isFar = isNobodyThere(answered);
  const { today } = question;
  const made = createSection(isFar ? "far" : "answered", region);
  [made.dataset.lon, made.dataset.lat] = question.point.map(String);
  const cards = createElement("ol", { class: "cards" });
  cards.append(...found.results.map((hit, at) => createCard(region, question, hit, nearerText(hit, found.results.slice(0, at)))));
  made.append(
    createHeading(around(asked, found)),
    ...createAsOf(asked, question.start, ...(isFar ? [] : [orderText(answered)])),
    ...createUsualHours(found.results),
    ...createNeeds(region, question.filters, asked),
    createAgeNote(answered.savedAt, beyond(found)),
    ...aside(answered),
    ...(found.results.length ? [cards, ...further(asked, answered)] : []),
    ...(found.results.length ? [] : [createElement("p", { class: "notice" }, isFar ? farText() : nothing(answered)), ...firstToOpen(answered), ...(isFar || isNoneAnywhere(answered) ? [] : lookFarther(asked, question))]),
    ...(isFar ? [] : farther(found, today)),
    ...passedOver(answered, today),
    createElement("p", { class: "small" }, translate("Distances are straight lines. Minutes are estimates: streets are taken to be 1.3 times as long.")),
    createWhereabouts(question),
  );
  return made;
}

/** How the list is ordered: templates/rider/order.html. */
function orderText({ question, found }: Answered): string {
  const order = question.order === "distance" ? translate("Nearest first") : translate("The shortest way first; the way to a place whose hours aren't certain counts twice");
  const isUnverified = question.filters.openOnly && found.results.some(({ opening }) => opening.reason === UNVERIFIED_ALL_DAY);
  return isUnverified ? order + translate("; at night, 24 hours that nobody has verified come last") : order;
}

/** What the server says above the list as well. */
function aside(answered: Answered): HTMLElement[] {
  const { question, found, isWidened, region } = answered;
  const told: HTMLElement[] = [];
  if (question.accuracy > COARSE_M) {
    const text = translate("Your phone knows its place only within {distance}: look at the distances with that in mind, or say where you are.", { distance: words.formatDistance(question.accuracy) });
    told.push(createElement("p", { class: "notice" }, text));
  }
  if (isWidened && found.results.length) {
    const text = translate("Nothing is nearer: looked as far as {minutes} minutes.", { minutes: question.withinMin });
    told.push(createElement("p", { class: "notice" }, text));
  } else if (found.grownToM !== null) {
    const text = translate("Nothing nearer will do: looked as far as {distance}.", { distance: words.formatDistance(found.grownToM) });
    told.push(createElement("p", { class: "small" }, text));
  }
  const limits = limitsText(region, question.point, found.results.length ? Math.max(...found.results.map((hit) => hit.metres)) : reachOf(question));
  if (limits) told.push(createElement("p", { class: "small" }, limits));
  if (found.results.length) told.push(...firstToOpen(answered));
  return told;
}

/** More of the same list, as the server offers it. */
function further(asked: URLSearchParams, { question, found }: Answered): HTMLElement[] {
  const { k, withinMin: minutes } = question;
  if (found.results.length === k && k < MOST_RESULTS) return [linkTo(asked, "further", "k", Math.min(MOST_RESULTS, 2 * k), translate("Show more places"))];
  if (found.results.length === MOST_RESULTS) {
    const text = translate("{count} places are listed. To see others, say more of what you need.", { count: MOST_RESULTS });
    return [createElement("p", { class: "notice" }, text)];
  }
  return [createElement("p", { class: "small" }, translate("There is nothing more within {minutes} minutes.", { minutes })), ...lookFarther(asked, question)];
}

/** Why a place comes after one that is farther away. */
function nearerText({ metres, opening }: NearestStation, before: NearestStation[]): string {
  if (before.every((one) => one.metres <= metres)) return "";
  return opening.reason === USUAL_HOURS_ON_HOLIDAY ? translate("Nearer, but it may be closed on the holiday") : translate("Nearer, but ask first");
}

function lookFarther(asked: URLSearchParams, { withinMin }: NearestQuery): HTMLElement[] {
  if (withinMin >= FARTHER_MIN) return [];
  return [linkTo(asked, "farther", "within_min", FARTHER_MIN, translate("Look as far as {minutes} minutes", { minutes: FARTHER_MIN }))];
}

/** The same question with one field changed. */
function linkTo(asked: URLSearchParams, of: string, field: string, value: number, text: string): HTMLElement {
  const more = new URLSearchParams(asked);
  more.set(field, String(value));
  return linkToQuestion(of, more, text);
}

function reachOf({ withinMin, pace }: NearestQuery): number {
  return (withinMin * 60) / pace;
}

function isNobodyThere({ question, found }: Answered): boolean {
  const nearest = Math.min(...found.beyond.map((skip) => skip.metres));
  return found.isWhole && !found.results.length && !found.skipped.length && !question.filters.kinds.size && nearest > REACH_M;
}

/** What the phone can't know. */
function beyond({ results, isWhole, savedToM }: NearestResult): string {
  if (isWhole) return "";
  const last = results[results.length - 1];
  if (last && last.metres > savedToM) return translate("Something nearer may lie outside of the area that your phone has saved.");
  if (last) return translate("Farther off, outside of the area that your phone has saved, there may be more.");
  return translate("Nothing usable was found in the area that your phone has saved; there may be something outside of it.");
}

function farText(): string {
  return translate("No place of this register lies within 100 km of there. Is that where you are? If not, say where.");
}

/** None of the register passes, whatever its hours. */
function isNoneAnywhere({ found, isFiltered, region, question: { filters } }: Answered): boolean {
  return (isFiltered || listNeeds(region, filters).length > 0) && found.isWhole && !found.firstToOpen && !found.beyond.length;
}

function nothing(answered: Answered): string {
  const { question, found, isFiltered } = answered;
  const [minutes, count] = [question.withinMin, skipsNearer(question, found).length];
  const advice = isFiltered && !found.firstToOpen ? ` ${translate("Choose fewer conditions.")}` : "";
  if (isNoneAnywhere(answered)) return translate("No place listed here is like that, at any distance.") + advice;
  return (count ? translate("Nothing usable lies within {minutes} minutes; the nearest {count} don't suit.", { minutes, count }) : translate("Nothing usable lies within {minutes} minutes.", { minutes })) + advice;
}

function farther({ beyond }: NearestResult, today: string): HTMLElement[] {
  if (!beyond.length) return [];
  const made = createElement("section", { class: "passed farther" });
  made.append(createElement("h3", {}, translate("The nearest farther away")), listSkipped(beyond, today));
  return [made];
}

/** Only a phone says how well it knows a point. */
function isPhones(asked: URLSearchParams): boolean {
  return Boolean(asked.get("accuracy")?.trim());
}

function around(asked: URLSearchParams, { results, skipped }: NearestResult): string {
  if (isPhones(asked)) return translate("Near where you are");
  const at = [...results, ...skipped].find(({ metres }) => metres < SAME_M);
  return at ? translate("Near {station}", { station: at.station.name }) : translate("Near the place that you chose");
}

function createWhereabouts({ asked, datum }: NearestQuery): HTMLElement {
  const place = asked.map((degrees) => degrees.toFixed(4)).join(", ");
  const here = translate("The position that you gave, as {map} counts: {place}", { place, map: words.formatDatum(datum) });
  const made = createElement("details", {});
  const onMap = createElement("button", { type: "button", "data-on-map": "" }, translate("See it on the map"));
  made.append(createElement("summary", {}, translate("Is the position right?")), createElement("p", { class: "small" }, here), onMap);
  return made;
}

function firstToOpen({ region, question, found: { firstToOpen: hit } }: Answered): HTMLElement[] {
  if (!hit) return [];
  const params = { name: hit.station.name, distance: words.formatDistance(hit.metres), bearing: words.formatBearing(hit.bearing) };
  const isOpen = hit.opening.state === "open";
  const place = isOpen ? translate("Open: {name}, {distance} {bearing}.", params) : translate("First to open: {name}, {distance} {bearing}.", params);
  const minutes = hit.metres ? words.formatMinutes((hit.metres * question.pace) / 60, question.travel) : "";
  const made = createElement("p", { class: "notice" });
  made.append(places.linkToStation(hit.station, place), ` ${[minutes, words.formatOpening(hit.opening, question.start, question.today)].filter(Boolean).join(" · ")}`);
  const { reason } = hit.opening;
  if (reason) made.append(" ", createElement("span", { class: "small" }, shortenDays(renderText(region, reason, hit.opening.params), question.today)));
  return [made, createWayThere(hit, question.travel)];
}

/** Nearer than the last on the list; those within the reach where nothing is on it. */
function skipsNearer(question: NearestQuery, { results, skipped }: NearestResult): SkippedStation[] {
  const farthest = results.length ? Math.max(...results.map((hit) => hit.metres)) : reachOf(question);
  return skipped.filter((skip) => skip.metres <= farthest);
}

function countPassed(count: number, isAlone: boolean): string {
  if (isAlone) return translate("Near there, but passed over: {count}", { count });
  return count === MOST_SKIPPED ? translate("The nearest that were passed over: {count}", { count }) : translate("Nearer, but passed over: {count}", { count });
}

function passedOver({ question, found }: Answered, today: string): HTMLElement[] {
  const named = new Set(found.beyond.map((skip) => skip.station));
  const told = skipsNearer(question, found).filter((skip) => !named.has(skip.station));
  if (!told.length) return [];
  const isAlone = !found.results.length;
  return [folded(countPassed(told.length, isAlone), told, isAlone, today)];
}

function folded(heading: string, skipped: SkippedStation[], isOpen: boolean, today: string): HTMLElement {
  const made = createElement("details", { class: "passed", ...(isOpen ? { open: "" } : {}) });
  made.append(createElement("summary", {}, heading), listSkipped(skipped, today));
  return made;
}

function listSkipped(skipped: SkippedStation[], today: string): HTMLElement {
  const list = document.createElement("ul");
  for (const skip of skipped) {
    const item = createElement("li", { "data-id": skip.station.id });
    const reason = skip.isTimed && skip.metres > MAX_TIMED_M ? translate("too far to say how long the way takes") : shortenDays(skip.reason, today);
    const why = createElement("span", { class: "small" }, `${words.formatDistance(skip.metres)} · ${reason}`);
    const link = places.linkToStation(skip.station, skip.station.name);
    link.append(why);
    item.append(link);
    list.append(item);
  }
  return list;
}
