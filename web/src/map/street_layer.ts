/** Streets, water, green and names on canvas tiles, drawn from vector tiles: of our own server, or of the page. */
import { leafletLayer } from "protomaps-leaflet";
import type { L } from "./leaflet"; // a type alone: the renderer uses the Leaflet of the window
import { Palette, createLabelRules, createPaintRules } from "./street_style";
import type { StreetTiles } from "./street_tiles";

const STEP = 1; // a tile of the server's covers four tiles of the next zoom
const MOST_PIXELS_PER_PX = 2; // sharper is not seen, and takes a phone's memory

export interface StreetZooms {
  min_zoom: number;
  max_zoom: number;
}

type Drawn = L.GridLayer & { rerenderTiles(): void };

/** The layer; null where the browser can't draw on a canvas. The outlines stay below it. */
export function createStreetLayer(zooms: StreetZooms, tiles: StreetTiles): L.GridLayer | null {
  if (!document.createElement("canvas").getContext("2d")) return null;
  const palette = new Palette();
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const drawn = leafletLayer({
    url: tiles as never, // it asks no more of an archive than this
    maxDataZoom: zooms.max_zoom,
    paintRules: createPaintRules(palette),
    labelRules: createLabelRules(palette),
    devicePixelRatio: Math.min(window.devicePixelRatio || 1, MOST_PIXELS_PER_PX),
    lang: "zh",
    attribution: "",
    minZoom: zooms.min_zoom + STEP,
    maxZoom: 22,
    zIndex: 2,
    keepBuffer: 1,
    updateWhenZooming: false,
    className: "streets",
  }) as unknown as Drawn;
  const repaint = () => {
    palette.read(drawn.getContainer() ?? document.body);
    drawn.rerenderTiles();
  };
  drawn.on("add", () => {
    palette.read(drawn.getContainer() ?? document.body); // the first tile is drawn later
    dark.addEventListener?.("change", repaint);
  });
  drawn.on("remove", () => dark.removeEventListener?.("change", repaint));
  return drawn;
}
