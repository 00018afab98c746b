/** The streets under a planner's map, which is one file: its tiles are in the page, and nothing is fetched. */
import type { L as Leaflet } from "./map/leaflet";
import { createStreetLayer, type StreetZooms } from "./map/street_layer";
import { createPackedTiles, type PackedTiles } from "./map/street_tiles";

interface PlannerStreets extends StreetZooms {
  tiles: PackedTiles;
}

/** What the scripts of maps/js have defined before. */
interface PlannerPage {
  L: typeof Leaflet;
  yihui: {
    veil: number;
    clock: { hour: number; set(hour: number): void };
    streets(map: Leaflet.Map, data: PlannerStreets): Leaflet.Layer;
  };
}

const VEIL = 2 / 3; // of the districts' opacity
const CLOSE = 14; // a zoom: from here on names of streets are read through the districts' colours
const page = window as unknown as PlannerPage;

/** A browser without a canvas, or one that can't unpack gzip, shows the map as it is without streets. */
page.yihui.streets = (map, data) => {
  const layer = "DecompressionStream" in window ? createStreetLayer(data, createPackedTiles(data.tiles)) : null;
  if (!layer) return page.L.layerGroup();
  const choose = () => document.body.classList.toggle("close-to-streets", map.getZoom() >= CLOSE);
  map.on("zoomend", choose);
  map.whenReady(choose);
  thinDistricts(true);
  leaveOutOfPrint(map, layer);
  return layer;
};

function thinDistricts(isThin: boolean): void {
  document.body.classList.toggle("with-streets", isThin);
  page.yihui.veil = isThin ? VEIL : 1;
  page.yihui.clock.set(page.yihui.clock.hour); // the districts take their colours again
}

/** Paper is laid out anew and printed at once, before tiles could be drawn for it: it has the map without streets. */
function leaveOutOfPrint(map: Leaflet.Map, layer: Leaflet.Layer): void {
  let isShown = false;
  window.addEventListener("beforeprint", () => {
    isShown = map.hasLayer(layer);
    layer.remove();
    thinDistricts(false);
  });
  window.addEventListener("afterprint", () => {
    thinDistricts(true);
    if (isShown) layer.addTo(map);
  });
}
