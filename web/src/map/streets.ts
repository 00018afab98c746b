/** The streets under the map: loaded where the server has some, when the map is looked at. */
export { createStreetLayer } from "./street_layer";
export { createServerTiles } from "./street_tiles";
export { startStreetSaving } from "./street_saving";
