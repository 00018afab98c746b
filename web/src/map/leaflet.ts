/** Leaflet, then what adds itself to the name that Leaflet has in the window. */
import * as L from "leaflet";
import "leaflet.markercluster";

const whole = (window as unknown as { L: typeof L }).L;
export const MarkerClusterGroup = whole.MarkerClusterGroup;
export { L };
