/** A district, a single place, or what an address may mean, as far as it is saved: templates/rider/answer.html on the phone. */
import { say } from "../words";
import { card } from "./card";
import { type Place, find, isSpelt } from "./finding";
import { fromThere, townOf } from "./near";
import { type Listed, listed, passes } from "./nearest";
import { byCodePoint } from "./pack";
import { WAYS, type Wish } from "./question";
import type { Region } from "./region";
import { asAt, element, heading, howOld, section } from "./section";
import { civilMinute } from "./time";

const LISTED = 20;
const CHOICES = 8;
const IN_ORDER = ["open", "unknown", "closed"];
const CITY = /00$/;

/** The district's list; null where nothing of it is saved. */
export function inDistrict(region: Region, code: string, wished: Wish, savedAt: number): HTMLElement | null {
  const area = region.areas[code];
  if (!area) return null;
  const prefix = code.replace(CITY, "").replace(CITY, "");
  const there = region.stations
    .filter(({ district }) => district?.startsWith(prefix))
    .filter((station) => passes(station, wished, wished.start))
    .map((station) => listed(station, wished.start))
    .sort(openFirst);
  const made = section("answered", region, civilMinute(wished.start));
  const more = there.length - LISTED;
  const lacking = area.elsewhere ? say("Places of it that your phone has not saved: {count}.", { count: area.elsewhere }) : "";
  made.append(
    ...above(say("In {place}", { place: area.name }), wished, savedAt, lacking),
    there.length ? cards(region, there.slice(0, LISTED), wished) : nothing(),
    ...(more > 0 ? [notice(say("{count} more will do. Say more of what you need, or where you are.", { count: more }))] : []),
  );
  return made;
}

/** The one place; null where it is not saved. */
export function onePlace(region: Region, id: string, wished: Wish, savedAt: number): HTMLElement | null {
  const station = region.stations.find((one) => one.id === id);
  if (!station) return null;
  const made = section("answered", region, civilMinute(wished.start));
  const list = cards(region, [listed(station, wished.start)], wished);
  list.querySelector("details.more")?.setAttribute("open", "");
  made.append(...above(station.name, wished, savedAt), list);
  return made;
}

/** What is meant by words, to choose from. */
export function choices(region: Region, asked: URLSearchParams, savedAt: number): HTMLElement {
  const text = asked.get("q")?.trim() ?? "";
  const near = townOf(asked.get("near"));
  const found = find(region, text);
  const places = (near ? fromThere(region, found, near, CHOICES) : found.slice(0, CHOICES)).map(({ place }) => place);
  const made = section("choosing", region, "");
  made.append(heading(say("Where about?")), howOld(savedAt, onlySaved(text, places.length)));
  if (!places.length) return made;
  const list = element("ol", { class: "choices" });
  const read = places.map((place) => [titleOf(place), detailOf(place)].join("\n"));
  list.append(...places.map((place, nth) => choice(place, asked, read.filter((one) => one === read[nth]).length > 1)));
  made.append(list);
  return made;
}

function onlySaved(text: string, count: number): string {
  if (!count) return say("No place that your phone has saved is called “{text}”. Try fewer words, a street or a district; pinyin needs the network.", { text });
  if (isSpelt(text)) return say("Only places that your phone has saved were looked through, and not by pinyin.");
  return say("Only places that your phone has saved were looked through.");
}

function above(title: string, wished: Wish, savedAt: number, beyond = ""): HTMLElement[] {
  return [heading(title), element("p", { class: "small" }, asAt(wished.start)), howOld(savedAt, beyond)];
}

function cards(region: Region, there: Listed[], wished: Wish): HTMLElement {
  const made = element("ol", { class: "cards" });
  made.append(...there.map((one) => card(region, wished, one)));
  return made;
}

function notice(text: string): HTMLElement {
  return element("p", { class: "notice" }, text);
}

function nothing(): HTMLElement {
  return notice(say("Nothing usable was found. Leave out a filter."));
}

function openFirst(one: Listed, other: Listed): number {
  const [a, b] = [one, other].map(({ opening }) => IN_ORDER.indexOf(opening.state)) as [number, number];
  return a - b || byCodePoint(one.station.name, other.station.name) || byCodePoint(one.station.id, other.station.id);
}

/** The question about it; the words are then no longer asked. */
function choice(place: Place, asked: URLSearchParams, isTwin: boolean): HTMLElement {
  const about = new URLSearchParams(asked);
  for (const field of [...Object.values(WAYS).flat(), "datum", "near", "by", "part"]) about.delete(field);
  for (const [name, value] of Object.entries(where(place))) about.set(name, value);
  const number = isTwin ? [say("number {id} in the register", { id: place.id })] : [];
  const detail = [detailOf(place), ...number].filter(Boolean).join(" · ");
  const link = element("a", { href: `/?${about}` }, titleOf(place));
  link.append(element("span", { class: "small" }, detail));
  const made = element("li", {});
  made.append(link);
  return made;
}

function titleOf({ kind, areas, name }: Place): string {
  return kind === "district" ? areas + name : name;
}

function detailOf(place: Place): string {
  if (place.kind === "station") return whereabouts(place);
  return say("places: {count}", { count: place.count.toLocaleString("en") });
}

/** Its city and district, then its address without what is said already. */
function whereabouts({ address, areas, over }: Place): string {
  const street = over.reduce((rest, area) => (rest.startsWith(area) ? rest.slice(area.length) : rest), address);
  const city = (over.length > 1 ? over.slice(1) : over).join("") || areas;
  return [city, street.trim()].filter(Boolean).join(" · ");
}

function where({ kind, id, lon, lat }: Place): Record<string, string> {
  if (kind === "district" || lon === null || lat === null) return { [kind]: id };
  return { lon: lon.toFixed(5), lat: lat.toFixed(5), datum: "wgs84" };
}
