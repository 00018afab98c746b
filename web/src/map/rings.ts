/** Where one is, and circles that say how far is how far. */
import { makeElement } from "../elements";
import { translate } from "../translation";
import { L } from "./leaflet";
import { hereIcon } from "./icons";

const RADII_M = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];
const MOST = 3;
const METRES_PER_DEGREE = 111_320;

/** The widest circles that still say something of places so far away. */
export function computeRadii(farthest_m: number): number[] {
  const beyond = RADII_M.find((radius) => radius >= farthest_m) ?? RADII_M[RADII_M.length - 1];
  return RADII_M.filter((radius) => radius <= (beyond ?? 0)).slice(-MOST);
}

export function createRings(here: L.LatLng, farthest_m: number): L.LayerGroup {
  const group = L.layerGroup();
  for (const radius of farthest_m ? computeRadii(farthest_m) : []) {
    L.circle(here, { radius, className: "ring", interactive: false }).addTo(group);
    const north = L.latLng(here.lat + radius / METRES_PER_DEGREE, here.lng);
    L.marker(north, { icon: label(radius), interactive: false, keyboard: false, zIndexOffset: -1000 }).addTo(group);
  }
  const dot = L.marker(here, { icon: hereIcon(), interactive: false, keyboard: false, zIndexOffset: 500 });
  return group.addLayer(dot);
}

function label(radius: number): L.DivIcon {
  const text = radius < 1000 ? translate("{metres} m", { metres: radius }) : translate("{kilometres} km", { kilometres: radius / 1000 });
  return L.divIcon({ html: makeElement("span", "", text), className: "ring-name", iconSize: [0, 0] });
}
