/** Stands in the bundle for what protomaps-leaflet imports and this map does not use: its own styles and archives. */
export class PMTiles {}

export function namedFlavor(): never {
  throw new Error("the map has styles of its own");
}
