/** Places are suggested while somebody types where: names of stations, roads, crossings, landmarks. */
import { readFilters, withPlaceOf } from "./form";
import type { RiderPage } from "./page";
import { translate } from "./translation";

interface Suggested {
  kind: string;
  id: string;
  name: string;
  detail: string;
  lon: number | null;
  lat: number | null;
}

interface Answer {
  sources: string[];
  places: Suggested[];
}

const PAUSE_MS = 150; // between keys, so that not every one is a request
const MOST = 6;
const LONGEST = 200; // characters of a name; the link of a map app may be longer
const DIGITS = 5; // of a degree: a metre

/** Suggest places for a field of the form. Whoever submits the form gets the list that the server makes. */
export function suggestPlaces(page: RiderPage, form: HTMLFormElement, field: HTMLInputElement): void {
  const list = document.createElement("ul");
  const sources = document.createElement("p");
  list.id = `${field.id}-suggestions`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", translate("Places that fit"));
  sources.className = "small";
  const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
  for (const [name, value] of Object.entries(attributes)) field.setAttribute(name, value);
  (field.closest(".beside") ?? field).after(list, sources);

  let places: Suggested[] = [];
  let active = -1;
  let pause = 0;
  let asked: AbortController | undefined;
  show({ sources: [], places: [] });

  field.addEventListener("input", (event) => {
    stop();
    if (event instanceof InputEvent && event.isComposing && /^[a-z' ]+$/i.test(event.data ?? "")) return; // an input method is at work
    pause = window.setTimeout(() => void suggest(field.value.trim()), PAUSE_MS);
  });
  field.addEventListener("compositionend", () => field.dispatchEvent(new Event("input")));
  field.addEventListener("blur", close);
  form.addEventListener("submit", close);
  field.addEventListener("keydown", (event) => {
    if (!places.length || event.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const place = places[active];
    if (by) move(by);
    else if (event.key === "Enter" && place) choose(place);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    const place = places[[...list.children].indexOf(option as Element)];
    if (place) choose(place);
  });

  /** Nothing that was asked is waited for any more. */
  function stop(): void {
    window.clearTimeout(pause);
    asked?.abort();
  }

  function close(): void {
    stop();
    show({ sources: [], places: [] });
  }

  async function suggest(text: string): Promise<void> {
    if (!text || text.length > LONGEST) return close();
    asked = new AbortController();
    const question = new URLSearchParams({ q: text, limit: String(MOST), lang: document.documentElement.lang.slice(0, 2) });
    const [lon, lat] = (form.querySelector<HTMLInputElement>("input[name=near]")?.value ?? "").split(",");
    if (lon && lat) {
      question.set("lon", lon);
      question.set("lat", lat);
    }
    if (field.name === "to_q") question.set("datum", datumOf(page)); // that of the start, in which the page sends both
    try {
      const response = await fetch(`/api/v1/places/search?${question}`, { signal: asked.signal });
      if (response.ok) show((await response.json()) as Answer);
    } catch {
      // Overtaken by the next key, or without a network: submitting still answers.
    }
  }

  function show(answer: Answer): void {
    places = document.activeElement === field ? answer.places.filter((place) => field.name !== "to_q" || pointOf(place)) : [];
    active = -1;
    list.replaceChildren(...places.map(option));
    list.hidden = !places.length;
    sources.hidden = !places.length || !answer.sources.length;
    sources.textContent = answer.sources.join(" ");
    field.setAttribute("aria-expanded", String(places.length > 0));
    field.removeAttribute("aria-activedescendant");
  }

  function option(place: Suggested, at: number): HTMLElement {
    const item = document.createElement("li");
    const detail = document.createElement("span");
    item.id = `${list.id}-${at}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    detail.className = "small";
    detail.textContent = place.detail;
    item.append(place.name, " ", detail);
    return item;
  }

  function move(by: number): void {
    active = (active + by + places.length + (active < 0 && by < 0 ? 1 : 0)) % places.length;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === active)));
    list.children[active]?.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", `${list.id}-${active}`);
  }

  function choose(place: Suggested): void {
    field.value = "";
    close();
    void page.ask(field.name === "to_q" ? alongTo(place) : about(place), { top: 0 });
  }

  function about(place: Suggested): URLSearchParams {
    const point = pointOf(place);
    const where = place.kind === "station" ? { station: place.id } : place.kind === "district" || !point ? { district: place.id } : { ...point, datum: "wgs84" };
    return new URLSearchParams([...Object.entries(where), ...readFilters(form)]);
  }

  function alongTo(place: Suggested): URLSearchParams {
    const { lon = "", lat = "" } = pointOf(place) ?? {};
    const wanted = readFilters(form);
    for (const [name, value] of Object.entries({ to_lon: lon, to_lat: lat, to_name: place.name })) wanted.set(name, value);
    return withPlaceOf(page.question(), wanted);
  }
}

function datumOf(page: RiderPage): string {
  return page.question().get("datum") ?? "wgs84";
}

function pointOf(place: Suggested): { lon: string; lat: string } | null {
  if (place.lon === null || place.lat === null) return null;
  return { lon: place.lon.toFixed(DIGITS), lat: place.lat.toFixed(DIGITS) };
}
