/** Saves the streets around the place that was asked about, so that the map shows them without a network. */
import type { RiderPage } from "../page";
import { baseMapAddress, type Layer } from "./base_map";
import { readPoint } from "./listed_places";

const MOST_BYTES = 1_500_000; // a town, compressed
const SETTLED_MS = 1500; // what is in view comes first
const SAVED_ZOOMS = 5; // the finest ones; wider ones come from what was looked at
const RINGS = 3; // tiles to each side of the middle one at the finest zoom: seven kilometres at 36°
type Tile = [z: number, x: number, y: number];

/** The service worker stores each tile that the page asks for: without a worker nothing is saved. */
export function startStreetSaving(layer: Layer, page: RiderPage): void {
  if (!("serviceWorker" in navigator)) return;
  let latest = 0;
  const save = (answer: HTMLElement) => {
    const at = readPoint(answer);
    const turn = ++latest;
    if (at) setTimeout(() => void saveAround(layer, at.lng, at.lat, () => turn === latest).catch(() => undefined), SETTLED_MS);
  };
  page.onAnswer(save);
  save(page.answer);
}

/** Resolves when all is saved, the bytes are used up, or another place was asked about. */
async function saveAround(layer: Layer, lon: number, lat: number, isLatest: () => boolean): Promise<void> {
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller || isCostly() || !isLatest()) return;
  await fetch(import.meta.url); // this map's own script, which the page may have loaded before the worker was there
  await fetch(baseMapAddress());
  let bytes = 0;
  for (const [z, x, y] of listTiles(layer, lon, lat)) {
    if (bytes >= MOST_BYTES || !isLatest()) return;
    const response = await fetch(layer.template.replace("{z}", `${z}`).replace("{x}", `${x}`).replace("{y}", `${y}`));
    if (!response.ok) return;
    bytes += Number(response.headers.get("content-length")) || (await response.blob()).size;
  }
}

function isCostly(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}

/** The tiles of the finest zooms around a point, the middle ones first; the wider a zoom, the fewer of its tiles. */
export function listTiles(layer: Layer, lon: number, lat: number): Tile[] {
  const tiles: Tile[] = [];
  const north = Math.asinh(Math.tan((lat * Math.PI) / 180));
  const [across, down] = [lon / 360 + 0.5, 0.5 - north / (2 * Math.PI)];
  for (let ring = 0; ring <= RINGS; ring++) {
    for (let z = Math.max(layer.min_zoom, layer.max_zoom - SAVED_ZOOMS + 1); z <= layer.max_zoom; z++) {
      if (ring > Math.max(1, RINGS - (layer.max_zoom - z))) continue;
      const side = 2 ** z;
      const [x, y] = [Math.floor(across * side), Math.floor(down * side)];
      for (let dx = -ring; dx <= ring; dx++) {
        for (let dy = -ring; dy <= ring; dy++) {
          if (Math.max(Math.abs(dx), Math.abs(dy)) !== ring || y + dy < 0 || y + dy >= side) continue;
          tiles.push([z, (x + dx + side) % side, y + dy]);
        }
      }
    }
  }
  return tiles;
}
