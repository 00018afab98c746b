/** The stations of the saved region for the map. */
export { findStationsWithin } from "./loading";
