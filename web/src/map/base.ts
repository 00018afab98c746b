/** Draws the ground under a map: outlines, streets or pictures; all from our own server. */
import type { BaseMap, Layer } from "./base_map";
import { L } from "./leaflet";
import { createOutlineLayer } from "./outlines";

const OUTLINES_NAMED_UP_TO = 11; // a zoom: from the next one on, the streets have names of their own

/** Once all that is in view has come, what has no outline is the sea; what is missing never is, as long as it stays. */
function seaAround(map: L.Map, land: L.GridLayer): L.GridLayer {
  const lacking = new Set<HTMLElement>();
  const tell = () => map.getContainer().classList.toggle("drawn", !lacking.size);
  land.on("tileerror", ({ tile }) => tile.isConnected && lacking.add(tile)); // it may have gone before its answer
  land.on("tileunload", ({ tile }) => lacking.delete(tile) && !land.isLoading() && tell());
  return land.on("load", tell);
}

export function addBaseMap(map: L.Map, base: BaseMap): void {
  const namedUpTo = base.tiles ? 0 : base.streets ? OUTLINES_NAMED_UP_TO : map.getMaxZoom();
  const style = { namedUpTo, ...(base.streets && { dash: [1, 5] }) };
  if (base.outlines) seaAround(map, createOutlineLayer(base.outlines, style)).addTo(map);
  if (base.streets) addStreets(map, base.streets).catch(() => undefined); // the outlines stay
  if (!base.tiles) return;
  L.tileLayer(base.tiles.template, {
    minNativeZoom: base.tiles.min_zoom,
    maxNativeZoom: base.tiles.max_zoom,
    maxZoom: map.getMaxZoom(),
    className: "pictures",
    zIndex: 2,
  }).addTo(map);
}

async function addStreets(map: L.Map, streets: Layer): Promise<void> {
  const { createServerTiles, createStreetLayer } = await import("./streets");
  createStreetLayer(streets, createServerTiles(streets.template))?.addTo(map);
}
