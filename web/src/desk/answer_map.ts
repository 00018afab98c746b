/**
 * The map of a planner's answer: what maps/js draws of a planner's own map, over our ground. The JSON at the section's
 * `data-address` is that of `maps.drawing.map_data`; each part is drawn by the function of its name.
 */
import { createFrame } from "../map/frame";
import { L } from "../map/leaflet";
import { translate } from "../translation";
import "../../../maps/js/core.js";
import "../../../maps/js/canvas.js";
import "../../../maps/js/places.js";
import "../../../maps/js/clusters.js";
import "../../../maps/js/dots.js";
import "../../../maps/js/scope.js";
import "../../../maps/js/areas.js";
import "../../../maps/js/marks.js";
import "../../../maps/js/reach.js";
import "../../../maps/js/week.js";

type Part = Record<string, unknown>;
type Draw = (map: L.Map, data: Part) => L.Layer;
interface MapScripts extends Record<string, unknown> {
  host: HTMLElement; // where the bars beside the map are put; else at the end of the page
  frame: { fit: (bounds: L.LatLngBounds | null) => void };
  picked: Followed<"key", string>;
  clock: Followed<"hour", number>;
  ground: Followed<"isDrawn", boolean>;
  claims: ((event: L.LeafletMouseEvent) => boolean)[]; // who takes a click before an area does
}
type Followed<Name extends string, Value> = Record<Name, Value> & {
  follow: (follower: (value: Value) => void) => void;
  set: (value: Value) => void;
};
export interface AnswerMap extends Record<string, unknown> {
  start: Part;
  places: Part & { kinds: Part[]; ids: string[] };
  bounds: L.LatLngBoundsLiteral;
}

/** What maps/js shares: the hour, what is picked, and the functions that draw. */
export const { yihui } = window as unknown as { yihui: MapScripts };

const UNDER_PLACES = ["areas", "reach", "gaps", "proposals"]; // in this order, the bottom one first

/** Draws the map where its picture stands; the bars of the area and of the hour go below. Null where it can't be had. */
export async function showAnswerMap(section: HTMLElement): Promise<{ map: L.Map; data: AnswerMap } | null> {
  const answer = await fetch(section.dataset.address ?? "");
  if (!answer.ok) return null;
  const data = (await answer.json()) as AnswerMap;
  const stage = section.appendChild(document.createElement("div"));
  const bars = document.createElement("div");
  stage.className = "drawn-map map";
  bars.className = "bars";
  yihui.host = bars;
  const { map } = await createFrame(stage, translate("Map; the table holds the same places in words"), document.createElement("p"));
  section.append(bars);
  section.classList.add("is-drawn"); // its still picture is for paper
  map.options.zoomSnap = 0.25; // an area fills the map
  yihui.frame = { fit: (bounds) => void map.fitBounds(bounds ?? data.bounds, { animate: false, padding: [8, 8] }) };
  yihui.frame.fit(null);
  map.once("resize", () => yihui.frame.fit(null)); // the credit that comes below takes of its height
  const draw = (key: string, part: unknown) => (yihui[key] as Draw)(map, part as Part);
  draw("start", data.start);
  const places = draw("places", data.places) as unknown as { kind: (index: number) => L.Layer }; // what they reach follows
  for (const key of UNDER_PLACES) if (data[key]) draw(key, data[key]).addTo(map);
  data.places.kinds.forEach((_, index) => places.kind(index).addTo(map));
  if (data.week) draw("week", data.week);
  const list = (isGround: boolean) => section.querySelectorAll<HTMLElement>("[data-ground], [data-shares]").forEach((entry) => (entry.hidden = "ground" in entry.dataset !== isGround));
  yihui.ground.follow(list);
  list(yihui.ground.isDrawn);
  return { map, data };
}
