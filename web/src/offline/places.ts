/** A district, a single place, or what an address may mean, as far as it is saved: templates/rider/answer.html on the phone. */
import { translate } from "../translation";
import { HOTLINE, createCard } from "./card";
import { type Place, isCalled, searchPlaces, isPinyinLike } from "./place_search";
import { rankByTown, parseTown } from "./local_search";
import { type ListedStation, listStation, passesFilters } from "./nearest";
import { type Filters, hasHoursFilter } from "./filters";
import { compareByCodePoint } from "./pack";
import { WAYS, type NearestOptions, hasConditions } from "./question";
import type { Opening } from "./opening";
import { type Region, type Station, computeOpening, renderText } from "./region";
import { createAsOf, createElement, createHeading, createAgeNote, createNeeds, createSection, createUsualHours } from "./elements";
import { formatOpening } from "./texts";
import { shortenDays } from "./time";

const LISTED = 20;
const CHOICES = 8;
const RESERVED = ["employer", "members"]; // yihui/http/rider/answer.py
const IN_ORDER = ["open", "unknown", "closed"];
const CITY = /00$/;

/** The district's list; null where nothing of it is saved. */
export function answerDistrict(region: Region, asked: URLSearchParams, wished: NearestOptions, savedAt: number): HTMLElement | null {
  const code = asked.get("district") ?? "";
  const area = region.areas[code];
  if (!area) return null;
  const prefix = code.replace(CITY, "").replace(CITY, "");
  const inside = region.stations.filter(({ district }) => district?.startsWith(prefix));
  const filters = atAnyHour(wished.filters);
  const withOthers = { ...filters, accesses: new Set(filters.accesses.size ? [...filters.accesses, ...RESERVED] : []), employer: "" };
  const [there, hers, all] = [wished.filters, filters, withOthers].map((one) => list(inside, { ...wished, filters: one })) as [ListedStation[], ListedStation[], ListedStation[]];
  const byHours = hasHoursFilter(wished.filters);
  const closed = byHours ? hers.filter(({ opening }) => opening.state === "closed") : [];
  const doubtful = byHours ? hers.length - there.length - closed.length : 0;
  const others = all.length - hers.length;
  const made = createSection("answered", region);
  const more = there.length - LISTED;
  const lacking = area.elsewhere ? translate("Places of it that your phone has not saved: {count}.", { count: area.elsewhere }) : "";
  made.append(
    ...above(region, translate("In {place}", { place: area.name }), asked, wished, savedAt, lacking),
    ...createUsualHours(there.slice(0, LISTED)),
    there.length ? cards(region, there.slice(0, LISTED), wished) : nothing(asked),
    ...(more > 0 ? [notice(translate("{count} more will do. Say more of what you need, or where you are.", { count: more }))] : []),
    ...(closed.length ? [foldClosed(region, closed, wished, !there.length)] : []),
    ...(doubtful ? [createElement("p", { class: "small" }, translate("Hours not known, or not open long enough: {count} more", { count: doubtful }))] : []),
    ...(others ? [createElement("p", { class: "small" }, translate("For one employer's staff or for union members only: {count} more", { count: others }))] : []),
  );
  return made;
}

/** Those that pass, the open ones first. */
function list(stations: Station[], wished: NearestOptions): ListedStation[] {
  return stations
    .filter((station) => passesFilters(station, wished, wished.start))
    .map((station) => listStation(station, wished.start))
    .sort(openFirst);
}

/** The filters without those of the hours, so that what is closed for the time being passes too. */
function atAnyHour(filters: Filters): Filters {
  const statuses = filters.statuses.size ? new Set([...filters.statuses, "closed_temporarily"]) : filters.statuses;
  return { ...filters, notClosed: false, openOnly: false, stayMin: 0, statuses };
}

/** Its page, whose address says nothing of where the rider is: it can be copied and passed on. */
export function linkToStation({ id }: Station, text: string): HTMLElement {
  return createElement("a", { href: `/?station=${encodeURIComponent(id)}` }, text);
}

function foldClosed(region: Region, closed: ListedStation[], wished: NearestOptions, isOpen: boolean): HTMLElement {
  const [made, listed] = [createElement("details", { class: "passed", ...(isOpen ? { open: "" } : {}) }), document.createElement("ul")];
  for (const { station, opening } of closed.slice(0, LISTED)) {
    const [item, link] = [createElement("li", { "data-id": station.id }), linkToStation(station, station.name)];
    link.append(createElement("span", { class: "small" }, formatState(region, opening, wished)));
    item.append(link);
    listed.append(item);
  }
  made.append(createElement("summary", {}, translate("Closed: {count} more", { count: closed.length })), listed);
  if (closed.length > LISTED) made.append(createElement("p", { class: "small" }, translate("The first {count} of them are listed. Search a place by its name to see it.", { count: LISTED })));
  return made;
}

/** In one line what a card says of the opening state, and why. */
function formatState(region: Region, opening: Opening, { start, today }: NearestOptions): string {
  const reason = shortenDays(renderText(region, opening.reason, opening.params), today);
  return [formatOpening(opening, start, today), reason].filter(Boolean).join(" · ");
}

/** The one place; null where it is not saved. */
export function answerPlace(region: Region, asked: URLSearchParams, wished: NearestOptions, savedAt: number): HTMLElement | null {
  const station = region.stations.find((one) => one.id === asked.get("station"));
  if (!station) return null;
  const made = createSection("answered", region);
  const list = cards(region, [listStation(station, wished.start)], wished);
  list.querySelector("details.more")?.setAttribute("open", "");
  const [heading, ...besides] = above(region, station.name, asked, wished, savedAt);
  heading?.classList.add("unseen");
  const near = createElement("p", { class: "further" });
  const point = { lon: String(station.lon), lat: String(station.lat) };
  near.append(createElement("a", { class: "button", "data-of": "near", href: askAbout(asked, point) }, translate("Places near here")));
  made.append(...(heading ? [heading] : []), ...besides, list, near);
  return made;
}

/** What is meant by words, to choose from, each station with its opening state. */
export function answerChoices(region: Region, asked: URLSearchParams, wished: NearestOptions, savedAt: number): HTMLElement {
  const text = asked.get("q")?.trim() ?? "";
  const near = parseTown(asked.get("near"));
  const found = searchPlaces(region, text);
  const first = (near ? rankByTown(region, found, near, CHOICES) : found.slice(0, CHOICES)).map(({ place }) => place);
  const places = first.filter((place) => isCalled(region, place, text) !== null);
  const made = createSection("choosing", region);
  const asOf = places.some(({ kind }) => kind === "station") ? createAsOf(asked, wished.start) : [];
  made.append(createHeading(translate("Where about?")), ...asOf, ...createNeeds(region, wished.filters, asked), createAgeNote(savedAt, onlySaved(text, places.length)));
  if (!places.length) {
    if (text === HOTLINE) made.append(hotline());
    return made;
  }
  if (!places.some((place) => isCalled(region, place, text))) made.append(notice(translate("Nothing here is called “{text}”. Names like it:", { text })));
  const list = createElement("ol", { class: "choices" });
  const points = places.map(({ lon, lat }) => (lon === null || lat === null ? "" : `${lon.toFixed(5)}, ${lat.toFixed(5)}`));
  const numbers = places.map((_, at) => translate("number {n} in this list", { n: String(at + 1) }));
  const details = [points, numbers].reduce((told, more) => tellApart(places, told, more), places.map((place) => detailOf(region, place)));
  list.append(...places.map((place, nth) => choice(place, asked, details[nth] ?? "", stateOf(region, place, wished))));
  made.append(list);
  if (places.some(({ kind }) => kind === "street")) {
    made.append(createElement("p", { class: "small" }, translate("Names of streets and places: © OpenStreetMap contributors (ODbL)")));
  }
  return made;
}

function hotline(): HTMLElement {
  const made = notice(translate("12351 is the union's hotline."));
  made.append(" ", createElement("a", { href: `tel:${HOTLINE}` }, translate("Call 12351")));
  return made;
}

function onlySaved(text: string, count: number): string {
  if (!count && text === HOTLINE) return "";
  if (!count) return translate("No place that your phone has saved is called “{text}”. Try fewer words, a street or a district; pinyin needs the network.", { text });
  if (isPinyinLike(text)) return translate("Only places that your phone has saved were looked through, and not by pinyin.");
  return translate("Only places that your phone has saved were looked through.");
}

function above(region: Region, title: string, asked: URLSearchParams, wished: NearestOptions, savedAt: number, beyond = ""): HTMLElement[] {
  return [createHeading(title), ...createAsOf(asked, wished.start), ...createNeeds(region, wished.filters, asked), createAgeNote(savedAt, beyond)];
}

function cards(region: Region, there: ListedStation[], wished: NearestOptions): HTMLElement {
  const made = createElement("ol", { class: "cards" });
  made.append(...there.map((one) => createCard(region, wished, one)));
  return made;
}

function notice(text: string): HTMLElement {
  return createElement("p", { class: "notice" }, text);
}

function nothing(asked: URLSearchParams): HTMLElement {
  const text = translate("Nothing usable was found.");
  const advice = translate("Choose fewer conditions.");
  return notice(hasConditions(asked) ? `${text} ${advice}` : text);
}

function openFirst(one: ListedStation, other: ListedStation): number {
  const [a, b] = [one, other].map(({ opening }) => IN_ORDER.indexOf(opening.state)) as [number, number];
  return a - b || compareByCodePoint(one.station.name, other.station.name) || compareByCodePoint(one.station.id, other.station.id);
}

/** The details, each with more behind it where another place of this name has the same. */
function tellApart(places: Place[], details: string[], more: string[]): string[] {
  const read = places.map((place, at) => [titleOf(place), details[at]].join("\n"));
  return details.map((detail, at) => (read.filter((one) => one === read[at]).length > 1 ? [detail, more[at]].filter(Boolean).join(" · ") : detail));
}

/** The same question about another place, as an address, which doesn't name her employer. */
function askAbout(asked: URLSearchParams, place: Record<string, string>): string {
  const about = new URLSearchParams(asked);
  for (const field of [...Object.values(WAYS).flat(), "by", "part", "employer"]) about.delete(field);
  for (const [name, value] of Object.entries(place)) about.set(name, value);
  return `/?${about}`;
}

/** The question about it; the words are then no longer asked. */
function choice(place: Place, asked: URLSearchParams, detail: string, state: string): HTMLElement {
  const link = createElement("a", { href: askAbout(asked, where(place)) }, titleOf(place));
  link.append(createElement("span", { class: "small" }, detail));
  if (state) link.append(createElement("span", { class: "small" }, state));
  const made = createElement("li", {});
  made.append(link);
  return made;
}

function stateOf(region: Region, place: Place, wished: NearestOptions): string {
  const station = region.stations.find(({ id }) => place.kind === "station" && id === place.id);
  return station ? formatState(region, computeOpening(station, wished.start), wished) : "";
}

function titleOf({ kind, areas, name }: Place): string {
  return kind === "district" ? areas + name : name;
}

function detailOf(region: Region, place: Place): string {
  if (place.kind === "station") return whereabouts(place);
  if (place.kind === "street") return [renderText(region, region.labels.street?.[place.street] ?? ""), whereabouts(place)].filter(Boolean).join(" · ");
  return translate("places: {count}", { count: place.count.toLocaleString("en") });
}

/** Its city and district, then its address without what is said already. */
function whereabouts({ address, areas, over }: Place): string {
  const street = over.reduce((rest, area) => (rest.startsWith(area) ? rest.slice(area.length) : rest), address);
  const city = (over.length > 1 ? over.slice(1) : over).join("") || areas;
  return [city, street.trim()].filter(Boolean).join(" · ");
}

function where({ kind, id, lon, lat }: Place): Record<string, string> {
  if (kind !== "street" || lon === null || lat === null) return { [kind]: id };
  return { lon: lon.toFixed(5), lat: lat.toFixed(5), datum: "wgs84" };
}
