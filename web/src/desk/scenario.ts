/** The map of a scenario: that of an answer, over which lies what it gains and loses; clicks tick the list beside it. */
import type { Geometry } from "geojson";
import { L } from "../map/leaflet";

type What = "late" | "closed" | "added";
interface Drawn {
  stations: { lon: number; lat: number; what: What }[];
  gained: Geometry;
  lost: Geometry;
}

const GAINED = "#1b7f5c", LOST = "#b34700", HOUR_MS = 3_600_000, WEEK_H = 168;
const NEXT = { "": "late", late: "closed", closed: "" } as const; // what a click on a station ticks
const PAUSE_MS = 250; // in which the slider may move on before its hour is measured

/** Draws the map and follows the list; where the map can't be loaded, the list does the same. */
export async function showScenario(form: HTMLFormElement): Promise<void> {
  form.addEventListener("change", ({ target }) => leaveOne(form, target), { capture: true });
  const rows = form.querySelector<HTMLElement>("#added");
  if (rows) rows.addEventListener("input", () => addRow(rows));
  const section = form.querySelector<HTMLElement>(".answer-map");
  const at = form.querySelector<HTMLInputElement>("[name=at]");
  if (!section || !at) return;
  const { showAnswerMap, yihui } = await import("./answer_map");
  section.hidden = false;
  const shown = await showAnswerMap(section);
  if (!shown) return void (section.hidden = true);
  const { map, data } = shown;
  map.createPane("difference").style.zIndex = "430"; // over what is within reach, below the stations
  map.createPane("changed").style.zIndex = "610";
  const layer = L.layerGroup().addTo(map);
  section.addEventListener("change", (event) => event.stopPropagation()); // the slider is no field of the form
  const measure = () => form.dispatchEvent(new Event("change", { bubbles: true }));
  const monday = mondayOf(at.value);
  at.addEventListener("change", () => {
    if (mondayOf(at.value) !== monday) return reload(form);
    yihui.clock.set(hourOf(at.value));
  });
  for (const one of form.querySelectorAll("[name=radius_m], [name=demand]")) one.addEventListener("change", () => reload(form));
  let pause = 0;
  yihui.clock.follow((hour) => {
    if (hour === hourOf(at.value)) return;
    at.value = new Date(monday + hour * HOUR_MS).toISOString().slice(0, 16);
    window.clearTimeout(pause);
    pause = window.setTimeout(measure, PAUSE_MS);
  });

  yihui.picked.follow((key) => {
    const id = data.places.ids[Number(/^place (\d+)$/.exec(key)?.[1])];
    if (id !== undefined) tick(form, id, measure);
  });
  const add = ({ latlng }: { latlng: L.LatLng }): boolean => {
    const lon = [...form.querySelectorAll<HTMLInputElement>('input[name^="added."][name$=".lon"]')].find((one) => !one.value);
    const lat = lon && form.querySelector<HTMLInputElement>(`input[name="${lon.name.replace(/lon$/, "lat")}"]`);
    if (!lon || !lat) return false;
    [lon.value, lat.value] = [latlng.lng.toFixed(5), latlng.lat.toFixed(5)];
    if (rows) addRow(rows);
    rows?.closest("details")?.setAttribute("open", "");
    measure();
    return true;
  };
  yihui.claims.push(add);
  map.on("click", add);

  const draw = (): void => {
    const drawn = JSON.parse(document.getElementById("drawn")?.textContent ?? "") as Drawn;
    layer.clearLayers();
    for (const [ground, color] of [[drawn.gained, GAINED], [drawn.lost, LOST]] as const)
      L.geoJSON(ground, { pane: "difference", interactive: false, style: { color, weight: 1, fillOpacity: 0.5 } }).addTo(layer);
    for (const { lon, lat, what } of drawn.stations) {
      const color = what === "closed" ? LOST : GAINED;
      L.circleMarker([lat, lon], { pane: "changed", interactive: false, radius: 18, color, weight: 5, fill: what === "added", fillOpacity: 0.8 }).addTo(layer);
    }
  };
  draw();
  document.addEventListener("htmx:after:swap", draw);
}

/** Takes back the other tick of a station: it opens longer or is closed. */
function leaveOne(form: HTMLFormElement, ticked: EventTarget | null): void {
  if (!(ticked instanceof HTMLInputElement) || !ticked.checked) return;
  for (const one of form.querySelectorAll<HTMLInputElement>(`input[value="${CSS.escape(ticked.value)}"]`))
    if (one !== ticked && /^(late|closed)$/.test(one.name) && /^(late|closed)$/.test(ticked.name)) one.checked = false;
}

/** Ticks what comes next for a station; one that isn't listed is sent along, and listed with what was found. */
function tick(form: HTMLFormElement, id: string, measure: () => void): void {
  const box = (name: string) => form.querySelector<HTMLInputElement>(`input[name="${name}"][value="${CSS.escape(id)}"]`);
  const next = NEXT[box("late")?.checked ? "late" : box("closed")?.checked ? "closed" : ""];
  const isListed = box("late") !== null;
  for (const name of ["late", "closed"]) {
    const input = box(name) ?? Object.assign(document.createElement("input"), { type: "checkbox", name, value: id, hidden: true });
    if (!isListed) form.querySelector("#listed")?.append(input);
    input.checked = name === next;
  }
  measure();
  if (!isListed) form.querySelector("[name=find]")?.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Opens the page again at another week, or with other distances or demand, for which the map is another one. */
function reload(form: HTMLFormElement): void {
  form.requestSubmit(form.querySelector<HTMLButtonElement>("[data-see]"));
}

/** The begin of the week of what a control of instants holds, as if it were UTC. */
function mondayOf(text: string): number {
  const at = Date.parse(`${text}Z`);
  return at - hourOf(text) * HOUR_MS - (at % HOUR_MS);
}

/** The hour of the week, from Monday 0:00. */
function hourOf(text: string): number {
  const at = new Date(`${text}Z`);
  return (24 * ((at.getUTCDay() + 6) % 7) + at.getUTCHours()) % WEEK_H;
}

/** Adds an empty row where the last one holds something; what is typed in the others stays as it is. */
function addRow(rows: HTMLElement): void {
  const last = rows.lastElementChild, count = rows.children.length;
  if (!last || count >= Number(rows.dataset["most"]) || ![...last.querySelectorAll("input")].some((one) => one.value)) return;
  const row = last.cloneNode(true) as HTMLElement;
  for (const one of row.querySelectorAll("input")) {
    one.name = one.id = one.name.replace(/\d+/, String(count));
    one.value = "";
    one.removeAttribute("value");
  }
  for (const one of row.querySelectorAll("label")) one.htmlFor = one.htmlFor.replace(/\d+/, String(count));
  rows.append(row);
}
