/** The map of a scenario: what it gains and loses, and its stations, whose clicks tick the list beside it. */
import type { Geometry } from "geojson";
import { createFrame } from "../map/frame";
import { L } from "../map/leaflet";
import { translate } from "../translation";

interface Drawn {
  stations: { id: string; name: string; lon: number; lat: number; open: boolean }[];
  gained: Geometry;
  lost: Geometry;
}

const GAINED = "#1b7f5c", LOST = "#b34700", OPEN = "#0b57a4", SHUT = "#7d8892";
const NEXT = { "": "late", late: "closed", closed: "" } as const; // what a click on a station ticks

/** Draws the map and follows the list; where the map can't be loaded, the list does the same. */
export async function showScenario(form: HTMLFormElement): Promise<void> {
  const rows = form.querySelector<HTMLElement>("#added");
  if (rows) rows.addEventListener("input", () => addRow(rows));
  const section = document.querySelector<HTMLElement>("section.map");
  if (!section) return;
  section.hidden = false;
  const note = document.createElement("p");
  note.className = "map-note small";
  note.textContent = translate("A click on a station ticks it: open longer, to be closed, as today. A click beside them adds one.");
  const { map } = await createFrame(section, translate("Map; the list holds the same places in words"), note);
  const layer = L.layerGroup().addTo(map);
  const box = (name: string, id: string) => form.querySelector<HTMLInputElement>(`input[name="${name}"][value="${CSS.escape(id)}"]`);
  const tickedOf = (id: string) => (box("late", id)?.checked ? "late" : box("closed", id)?.checked ? "closed" : "");
  const measure = () => form.dispatchEvent(new Event("change", { bubbles: true }));

  const tick = (id: string) => {
    const next = NEXT[tickedOf(id)];
    for (const name of ["late", "closed"]) {
      const input = box(name, id);
      if (input) input.checked = name === next;
    }
    measure();
  };
  map.on("click", ({ latlng }) => {
    const lon = [...form.querySelectorAll<HTMLInputElement>('input[name^="added."][name$=".lon"]')].find((one) => !one.value);
    const lat = lon && form.querySelector<HTMLInputElement>(`input[name="${lon.name.replace(/lon$/, "lat")}"]`);
    if (!lon || !lat) return;
    [lon.value, lat.value] = [latlng.lng.toFixed(5), latlng.lat.toFixed(5)];
    if (rows) addRow(rows);
    measure();
  });

  const draw = (): L.LatLngBounds => {
    const drawn = JSON.parse(document.getElementById("drawn")?.textContent ?? "") as Drawn;
    layer.clearLayers();
    for (const [ground, color] of [[drawn.gained, GAINED], [drawn.lost, LOST]] as const)
      L.geoJSON(ground, { interactive: false, style: { color, weight: 1, fillOpacity: 0.4 } }).addTo(layer);
    for (const { id, name, lon, lat, open } of drawn.stations) {
      const ticked = tickedOf(id), isAdded = !box("late", id);
      const color = ticked === "closed" ? LOST : ticked === "late" || isAdded ? GAINED : open ? OPEN : SHUT;
      L.circleMarker([lat, lon], { radius: 7, color, weight: ticked || isAdded ? 4 : 1, fillColor: open ? OPEN : SHUT, fillOpacity: 0.8, bubblingMouseEvents: false })
        .bindTooltip(() => Object.assign(document.createElement("span"), { textContent: name })) // a string would be HTML
        .on("click", () => tick(id))
        .addTo(layer);
    }
    return L.latLngBounds(drawn.stations.map(({ lon, lat }) => [lat, lon]));
  };
  const bounds = draw();
  if (bounds.isValid()) map.fitBounds(bounds.pad(0.05), { animate: false });
  document.addEventListener("htmx:after:swap", draw);
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
