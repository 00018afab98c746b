/** A card of the list, filled in the page's own template as yihui/http/rider/cards.py fills it. */
import { type Place, fillNavigationLinks } from "../navigation";
import { translate } from "../translation";
import type { NearestStation, ListedStation } from "./nearest";
import type { NearestOptions } from "./question";
import { type Region, renderText } from "./region";
import { formatDay, shortenDays } from "./time";
import { createElement } from "./elements";
import * as words from "./texts";

/** Asked about where a register names no facilities (templates/rider/report.html). */
const USUAL_FACILITIES = ["toilet", "water", "charging", "microwave", "aircon"];
export const HOTLINE = "12351"; // of the trade unions
/** yihui/http/rider/cards.py: with the area code first, for what follows such a number is its extension. */
const NUMBER =
  /(?:\+86[ \u2010-\u2015\u2212-]?0?|0)\d{1,3}(?:[)）] ?|[ \u2010-\u2015\u2212-])\d{3,4}[ \u2010-\u2015\u2212-]?\d{4}(?!\d)|0\d{9,11}(?!\d)|\+?\d[\d \u2010-\u2015\u2212-]{3,18}\d/;

/** How far it is, where that is known; `nearer` says why it comes after a place that is farther away. */
export function createCard(region: Region, wished: NearestOptions, hit: ListedStation & Partial<NearestStation>, nearer = ""): HTMLElement {
  const template = document.getElementById("card") as HTMLTemplateElement;
  const made = template.content.querySelector(".card")?.cloneNode(true) as HTMLElement;
  const { station, opening } = hit;
  const [lon, lat] = [String(station.lon), String(station.lat)];
  const arrival = wished.start + (hit.metres ?? 0) * wished.pace;
  const isLate = opening.state === "open" && hit.metres !== undefined && opening.until !== null && opening.until <= arrival;
  Object.assign(made.dataset, { id: station.id, state: isLate ? "closed" : opening.state, lon, lat, kind: station.kind });
  const letIn = region.letIn[station.id];
  if (letIn) made.dataset.letIn = String(letIn);
  const label = (kind: string, code: string) => renderText(region, region.labels[kind]?.[code] ?? code);
  const { today } = wished;
  const reason = shortenDays(renderText(region, opening.reason, opening.params), today);
  const isOfEmployer = station.access === "employer" && station.employer;
  const asked = opening.state === "unknown" ? numberToAsk(station) : "";
  const values: Record<string, string> = {
    name: station.name,
    sample: station.sample ? translate("sample") : "",
    kind: label("kind", station.kind),
    metres: hit.metres === undefined ? "" : words.formatDistance(hit.metres),
    bearing: hit.bearing ? words.formatBearing(hit.bearing) : "",
    minutes: hit.metres ? words.formatMinutes((hit.metres * wished.pace) / 60, wished.travel) : "",
    nearer,
    opening: words.formatOpening(opening, wished.start, today),
    reason,
    ask: asked && askText(asked),
    entry: label("entry", station.entry),
    access: isOfEmployer ? translate("only for staff of {employer}", { employer: station.employer }) : label("access", station.access),
    room: station.kind === "mother_room" ? lockText(station.usable) : "",
    address: station.address,
    phone: station.phone,
    hours: station.hours_text,
    note: station.note,
    verified: station.verified_on ? formatDay(station.verified_on, today) : translate("never"),
    source: station.source,
  };
  for (const [name, value] of Object.entries(values)) fill(made, name, value);
  const notes = hit.notes.map((note) => shortenDays(renderText(region, note.reason, note.params), today));
  const late = isLate ? [translate("it closes before you get there")] : [];
  repeat(made, "news", [...late, ...notes.filter((note) => note !== reason)]);
  facilities(made, region, station.usable);
  call(made, asked || station.phone);
  share(made, station.id);
  report(made, station.id, station.usable);
  fillNavigationLinks(made, toPlace(station), wished.travel);
  for (const apps of made.querySelectorAll(".apps")) apps.setAttribute("aria-label", translate("Lead me to {name}", { name: station.name }));
  made.querySelector("details.more")?.removeAttribute("open"); // as the template has it where one place is shown
  return made;
}

/** The way to a place, for the app that a card's big button leads to. */
export function createWayThere({ station, opening }: ListedStation, travel: NearestOptions["travel"]): HTMLElement {
  const template = document.getElementById("card") as HTMLTemplateElement;
  const made = createElement("p", { class: "further" });
  const link = template.content.querySelector("a.go")?.cloneNode(true) as HTMLElement;
  link.classList.toggle("main", opening.state === "open"); // who goes to a closed door waits there
  made.append(link);
  fillNavigationLinks(made, toPlace(station), travel);
  return made;
}

function toPlace({ name, address, district_name, lon, lat }: ListedStation["station"]): Place {
  return { name, address: address || district_name, lon, lat };
}

function lockText(facilities: Set<string>): string {
  return facilities.has("lock") ? translate("The door locks from inside") : translate("Whether the door locks from inside is not known");
}

/** The place's telephone, which a sample only shows; the hotline where it has none that can be called. */
function numberToAsk({ phone, sample }: { phone: string; sample: boolean }): string {
  return phone && (sample || NUMBER.test(phone)) ? phone : HOTLINE;
}

function askText(phone: string): string {
  return phone === HOTLINE ? translate("Ask the trade unions' hotline: {phone}", { phone }) : translate("Ask there: {phone}", { phone });
}

function parts(made: HTMLElement, name: string): HTMLElement[] {
  return [...made.querySelectorAll<HTMLElement>(`[data-of="${name}"]`)];
}

/** What is empty goes, with its row where it has one. */
function fill(made: HTMLElement, name: string, value: string): void {
  for (const part of parts(made, name)) {
    if (value) part.textContent = value;
    else (part.closest(`[data-row="${name}"]`) ?? part).remove();
  }
}

function repeat(made: HTMLElement, name: string, values: string[]): void {
  const [first] = parts(made, name);
  if (!first) return;
  for (const value of values) {
    const copy = first.cloneNode(true) as HTMLElement;
    copy.textContent = value;
    first.before(copy);
  }
  first.remove();
}

/** The template holds all that we know, in our order; others come last, as they are. */
function facilities(made: HTMLElement, region: Region, codes: Set<string>): void {
  const [list] = parts(made, "facilities");
  if (!list) return;
  const known = new Set<string>();
  for (const item of list.querySelectorAll<HTMLElement>("[data-code]")) {
    known.add(item.dataset.code ?? "");
    if (!codes.has(item.dataset.code ?? "")) item.remove();
  }
  for (const code of [...codes].filter((one) => !known.has(one)).sort()) {
    const item = document.createElement("li");
    item.dataset.code = code;
    item.textContent = renderText(region, code);
    list.append(item);
  }
  if (!list.children.length) list.remove();
}

function call(made: HTMLElement, phone: string): void {
  const address = formatTelLink(phone);
  for (const link of parts(made, "call")) {
    if (address) link.setAttribute("href", address);
    else link.remove();
  }
}

/** Where a register gives several numbers, or words with them, the first number is called, without its extension. */
export function formatTelLink(phone: string): string {
  const number = NUMBER.exec(phone)?.[0];
  return number ? `tel:${number.replace(/[^+\d]/g, "")}` : "";
}

/** What a report is about: the place, and of what may be broken what is there; all that it offers where nothing is. */
function report(made: HTMLElement, id: string, codes: Set<string>): void {
  for (const part of made.querySelectorAll<HTMLElement>("[data-station]")) part.dataset.station = id;
  for (const field of made.querySelectorAll<HTMLInputElement>("input[name=station]")) field.setAttribute("value", id);
  const group = made.querySelector("fieldset.founds");
  const breakable = new Map<string, HTMLButtonElement>();
  for (const button of made.querySelectorAll<HTMLButtonElement>("button[name=found]")) {
    const [what, code] = button.value.split(" ");
    if (what === "broken" && code) breakable.set(code, button);
  }
  for (const [code, button] of breakable) if (!codes.has(code)) button.remove();
  if (!codes.size) group?.append(...USUAL_FACILITIES.flatMap((code) => breakable.get(code) ?? []));
}

function share(made: HTMLElement, id: string): void {
  const address = `/?station=${encodeURIComponent(id)}`;
  for (const link of parts(made, "share")) link.setAttribute("href", address);
}
