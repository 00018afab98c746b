/** Outlines of cities and districts on canvas tiles, in the colours of the page's mode. */
import { makeElement } from "../elements";
import type { Layer } from "./base_map";
import { L } from "./leaflet";

interface Tile {
  areas: number[][][];
  borders: number[][];
  names: [number, number, string][];
}

const EXTENT = 4096; // as maps/outline_tiles.py
const SIDE = 256;
const KEPT = 200;
const NAMED_FROM = 7; // a zoom; wider maps have no room for names

/**
 * Beyond the finest zoom that the server draws, the finest is drawn larger, its lines as thin as ever. Names stand up to
 * the zoom `namedUpTo`; dashed lines are not taken for streets.
 */
export function createOutlineLayer(layer: Layer, { namedUpTo, dash = [] }: { namedUpTo: number; dash?: number[] }): L.GridLayer {
  const tiles = new Map<string, Promise<Tile | null>>();
  const names = new Names();

  function tile(z: number, x: number, y: number): Promise<Tile | null> {
    const address = L.Util.template(layer.template, { z, x, y });
    const known = tiles.get(address);
    if (known) return known;
    const asked = drawn(address).catch(() => {
      tiles.delete(address); // asked for again when it comes into view again
      return null;
    });
    tiles.set(address, asked);
    if (tiles.size > KEPT) tiles.delete(tiles.keys().next().value as string);
    return asked;
  }

  class Outlines extends L.GridLayer {
    private readonly painted = new Map<HTMLCanvasElement, () => void>();
    private readonly repaint = () => this.painted.forEach((paint) => paint());
    private readonly dark = window.matchMedia("(prefers-color-scheme: dark)");

    override createTile(coords: L.Coords, done: L.DoneCallback): HTMLElement {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = SIDE * Math.min(window.devicePixelRatio || 1, 2);
      const z = Math.min(coords.z, layer.max_zoom);
      const ratio = 2 ** (coords.z - z);
      const [x, y] = [Math.floor(coords.x / ratio), Math.floor(coords.y / ratio)];
      void tile(z, x, y).then((found) => {
        if (found) {
          const corner: [number, number] = [coords.x - x * ratio, coords.y - y * ratio];
          const painted = () => paint(canvas, found, ratio, corner, dash, this.getContainer() ?? document.body);
          this.painted.set(canvas, painted);
          painted();
          if (coords.z >= NAMED_FROM && coords.z <= namedUpTo) names.add(this._map, canvas, found, z, x, y);
        }
        done(found ? undefined : new Error("no outlines"), canvas);
      });
      return canvas;
    }

    override onAdd(map: L.Map): this {
      this.on("tileunload", (event) => {
        this.painted.delete(event.tile as unknown as HTMLCanvasElement);
        names.remove(event.tile as unknown as HTMLCanvasElement);
      });
      this.dark.addEventListener?.("change", this.repaint);
      return super.onAdd(map);
    }

    override onRemove(map: L.Map): this {
      this.dark.removeEventListener?.("change", this.repaint);
      return super.onRemove(map);
    }
  }
  return new Outlines({ minZoom: layer.min_zoom, zIndex: 1, updateWhenZooming: false, keepBuffer: 1 });
}

/** A tile; null where there is none. *Throws* where it can't be had now. */
async function drawn(address: string): Promise<Tile | null> {
  const response = await fetch(address);
  if (response.ok) return (await response.json()) as Tile;
  if (response.status === 404) return null;
  throw new Error(String(response.status));
}

function paint(canvas: HTMLCanvasElement, tile: Tile, ratio: number, corner: [number, number], dash: number[], styled: Element): void {
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const colours = getComputedStyle(styled);
  const scale = canvas.width / SIDE;
  const step = (SIDE * ratio) / EXTENT;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.setTransform(scale, 0, 0, scale, -corner[0] * SIDE * scale, -corner[1] * SIDE * scale);
  const trace = (rings: number[][], close: boolean) => {
    pen.beginPath();
    for (const ring of rings) line(pen, ring, step, close);
  };
  pen.lineJoin = "round";
  pen.setLineDash(dash);
  pen.lineWidth = 1;
  pen.fillStyle = colours.getPropertyValue("--map-land");
  pen.strokeStyle = colours.getPropertyValue("--map-line");
  for (const rings of tile.areas) {
    trace(rings, true);
    pen.fill("evenodd");
    pen.stroke();
  }
  trace(tile.borders, false);
  pen.lineWidth = 2.5;
  pen.strokeStyle = colours.getPropertyValue("--map-border");
  pen.stroke();
}

function line(pen: CanvasRenderingContext2D, steps: number[], step: number, close: boolean): void {
  let x = 0;
  let y = 0;
  for (let i = 0; i < steps.length; i += 2) {
    x += steps[i] ?? 0;
    y += steps[i + 1] ?? 0;
    if (i) pen.lineTo(x * step, y * step);
    else pen.moveTo(x * step, y * step);
  }
  if (close) pen.closePath();
}

/** A district's name stands once, however many tiles are cut out of the one that holds it. */
class Names {
  private readonly shown = new Map<string, { layer: L.LayerGroup; tiles: Set<HTMLCanvasElement> }>();

  add(map: L.Map, canvas: HTMLCanvasElement, tile: Tile, z: number, x: number, y: number): void {
    const key = `${z}/${x}/${y}`;
    const known = this.shown.get(key);
    if (known) return void known.tiles.add(canvas);
    const side = 2 ** z;
    const layer = L.layerGroup(
      tile.names.map(([dx, dy, name]) => {
        const at = L.point((x + dx / EXTENT) * SIDE, (y + dy / EXTENT) * SIDE);
        const place = map.unproject(at, Math.log2(side));
        const icon = L.divIcon({ html: makeElement("span", "", name), className: "area-name", iconSize: [0, 0] });
        return L.marker(place, { icon, interactive: false, keyboard: false, pane: "names" });
      }),
    ).addTo(map);
    this.shown.set(key, { layer, tiles: new Set([canvas]) });
  }

  remove(canvas: HTMLCanvasElement): void {
    for (const [key, { layer, tiles }] of this.shown) {
      if (!tiles.delete(canvas) || tiles.size) continue;
      layer.remove();
      this.shown.delete(key);
    }
  }
}
