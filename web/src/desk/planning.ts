/** The map of a scenario: stations, coverage and gaps by hour, and a place chosen by a click. */
import { createFrame } from "../map/frame";
import { L } from "../map/leaflet";
import { translate } from "../translation";
import { OutlineTool } from "./outline";

type Side = "today" | "scenario";

interface ScenarioMap {
  box: [number, number, number, number];
  outline: [number, number][];
  stations: { lon: number; lat: number; name: string; change: string; href: string }[];
  cells: { radius_m: number; points: [number, number][]; today: string[]; scenario: string[] } | null;
  shares: Record<Side, (number | null)[]> | null;
}

const SHADES = ["#b3261e", "#fde0a6", "#a8ddb5", "#4eb3a2", "#1f78b4", "#0b3d91"];
const GAINED = "#0a6132";
const LOST = "#b3261e";

export async function showScenario(section: HTMLElement): Promise<void> {
  const response = await fetch(section.dataset.address ?? "");
  if (!response.ok) return;
  const found = (await response.json()) as ScenarioMap;
  section.hidden = false;
  const stage = section.querySelector<HTMLElement>("[data-stage]");
  if (!stage) return;
  const note = document.createElement("p");
  note.className = "unseen";
  const { map } = await createFrame(stage, translate("Map of the scenario; the tables hold the same figures in words"), note);
  const [west, south, east, north] = found.box;
  map.fitBounds(L.latLngBounds([south, west], [north, east]), { animate: false });
  const cells = L.layerGroup().addTo(map);
  addStations(map, found);
  const hour = section.querySelector<HTMLInputElement>("[name=map-hour]");
  const layer = section.querySelector<HTMLSelectElement>("[name=map-layer]");
  const output = section.querySelector<HTMLOutputElement>("output");
  if (found.cells && hour && layer && output) {
    const draw = () => drawCells(cells, found, Number(hour.value), layer.value, output);
    hour.addEventListener("input", draw);
    layer.addEventListener("change", draw);
    draw();
  }
  if (found.outline.length) L.polygon(found.outline.map(([lon, lat]): L.LatLngTuple => [lat, lon]), { fill: false, className: "chosen-mark" }).addTo(map);
  chooseByClick(map, OutlineTool.begin(map));
}

function addStations(map: L.Map, found: ScenarioMap): void {
  for (const one of found.stations) {
    const mark = L.circleMarker([one.lat, one.lon], { radius: one.change ? 10 : 6, className: `station-mark ${one.change}` });
    const link = document.createElement("a");
    link.href = one.href;
    link.textContent = one.name;
    mark.bindPopup(one.href ? link : one.name).addTo(map);
  }
}

function drawCells(into: L.LayerGroup, found: ScenarioMap, hour: number, layer: string, output: HTMLOutputElement): void {
  into.clearLayers();
  const cells = found.cells;
  if (!cells) return;
  const renderer = L.canvas({ padding: 0.3 });
  cells.points.forEach(([lon, lat], row) => {
    const colour = colourOf(layer, Number(cells.today[row]?.[hour] ?? 0), Number(cells.scenario[row]?.[hour] ?? 0));
    if (!colour) return;
    L.circle([lat, lon], { radius: cells.radius_m, renderer, stroke: false, fillColor: colour, fillOpacity: 0.5, interactive: false }).addTo(into);
  });
  const texts = (["today", "scenario"] as const).map((side) => percent(found.shares?.[side][hour]));
  output.textContent = translate("{hour}: today {today}, scenario {scenario} within reach", {
    hour: `${String(hour).padStart(2, "0")}:00`,
    today: texts[0] ?? "–",
    scenario: texts[1] ?? "–",
  });
}

function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? "–" : `${(100 * share).toFixed(1)} %`;
}

/** The colour of a cell in a layer; undefined where the layer shows nothing. Tenths: 0 is a gap. */
function colourOf(layer: string, today: number, scenario: number): string | undefined {
  if (layer === "difference") return scenario > today ? GAINED : scenario < today ? LOST : undefined;
  const [what, side] = layer.split("-");
  const tenths = side === "today" ? today : scenario;
  if (what === "gaps") return tenths === 0 ? SHADES[0] : undefined;
  return tenths === 0 ? undefined : SHADES[Math.min(5, 1 + Math.floor(tenths / 2))];
}

/** A click fills in the coordinates of the forms; the forms send them as typed ones. */
function chooseByClick(map: L.Map, outline: OutlineTool | undefined): void {
  const fields = [...document.querySelectorAll<HTMLInputElement>("[data-degrees]")];
  if (!fields.length) return;
  const mark = L.circleMarker([0, 0], { radius: 8, className: "chosen-mark" });
  map.on("click", ({ latlng }: L.LeafletMouseEvent) => {
    if (outline?.isDrawing) return outline.add(latlng);
    mark.setLatLng(latlng).addTo(map);
    for (const field of fields) field.value = (field.dataset.degrees === "lon" ? latlng.lng : latlng.lat).toFixed(5);
    document.querySelector<HTMLDetailsElement>("#add-station")?.setAttribute("open", "");
  });
}
