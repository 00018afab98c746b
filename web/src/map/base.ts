/** The ground under a map: outlines and, where the operator has some, pictures; all from our own server. */
import { L } from "./leaflet";
import { createOutlineLayer } from "./outlines";

export interface Layer {
  template: string;
  min_zoom: number;
  max_zoom: number;
}

export interface BaseMap {
  outlines: Layer | null;
  tiles: Layer | null;
  sources: string[];
  /** West, south, east, north of most of the register's places. */
  box: [number, number, number, number] | null;
}

const NOTHING: BaseMap = { outlines: null, tiles: null, sources: [], box: null };

/** What there is to draw; nothing where the server can't be reached. */
export async function fetchBaseMap(): Promise<BaseMap> {
  try {
    const lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
    const response = await fetch(`/map/base.json?lang=${lang}`);
    return response.ok ? ((await response.json()) as BaseMap) : NOTHING;
  } catch {
    return NOTHING;
  }
}

/** Once all that is in view has come, what has no outline is the sea; what is missing never is, as long as it stays. */
function seaAround(map: L.Map, land: L.GridLayer): L.GridLayer {
  const lacking = new Set<HTMLElement>();
  const tell = () => map.getContainer().classList.toggle("drawn", !lacking.size);
  land.on("tileerror", ({ tile }) => tile.isConnected && lacking.add(tile)); // it may have gone before its answer
  land.on("tileunload", ({ tile }) => lacking.delete(tile) && !land.isLoading() && tell());
  return land.on("load", tell);
}

export function addBaseMap(map: L.Map, base: BaseMap): void {
  if (base.outlines) seaAround(map, createOutlineLayer(base.outlines, !base.tiles)).addTo(map);
  if (!base.tiles) return;
  L.tileLayer(base.tiles.template, {
    minNativeZoom: base.tiles.min_zoom,
    maxNativeZoom: base.tiles.max_zoom,
    maxZoom: map.getMaxZoom(),
    className: "pictures",
    zIndex: 2,
  }).addTo(map);
}
