/** The stations of the saved region for the map. */
export { stationsWithin } from "./ask";
