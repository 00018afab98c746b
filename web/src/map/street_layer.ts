/** Streets, water, green and names on canvas tiles, drawn from vector tiles of our own server. */
import { leafletLayer } from "protomaps-leaflet";
import type { Layer } from "./base";
import { L } from "./leaflet";
import { Palette, createLabelRules, createPaintRules } from "./street_style";

const STEP = 1; // a tile of the server's covers four tiles of the next zoom
const MOST_PIXELS_PER_PX = 2; // sharper is not seen, and takes a phone's memory

type Drawn = L.GridLayer & { rerenderTiles(): void };

/** The layer; null where the browser can't draw on a canvas. The outlines stay below it. */
export function createStreetLayer(layer: Layer): L.GridLayer | null {
  if (!document.createElement("canvas").getContext("2d")) return null;
  const palette = new Palette();
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const drawn = leafletLayer({
    url: tilesOf(layer) as never, // it asks no more of an archive than this
    maxDataZoom: layer.max_zoom,
    paintRules: createPaintRules(palette),
    labelRules: createLabelRules(palette),
    devicePixelRatio: Math.min(window.devicePixelRatio || 1, MOST_PIXELS_PER_PX),
    lang: "zh",
    attribution: "",
    minZoom: layer.min_zoom + STEP,
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

/** The server's tiles in the form of an archive; a tile that can't be had now is asked for again later. */
function tilesOf(layer: Layer) {
  return {
    async getZxy(z: number, x: number, y: number, signal: AbortSignal): Promise<{ data: ArrayBuffer } | undefined> {
      const response = await fetch(L.Util.template(layer.template, { z, x, y }), { signal });
      if (!response.ok) throw new Error(`${response.status} ${response.url}`);
      return response.status === 204 ? undefined : { data: await response.arrayBuffer() };
    },
  };
}
