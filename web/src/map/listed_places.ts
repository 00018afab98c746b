/** The list's places on the map, in their order, with where one is and how far that is. */
import { makeElement } from "../elements";
import { translate } from "../translation";
import type { MapFrame } from "./frame";
import { endIcon, hereIcon, pinIcon, type State, parseState, stateText } from "./icons";
import { L } from "./leaflet";

export interface ListedPlace {
  id: string;
  name: string;
  number: number;
  state: State;
  at: L.LatLng;
  card: HTMLElement;
}

const RADII_M = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];
const MOST_RINGS = 3;
const METRES_PER_DEGREE = 111_320;
const ASIDE_PX = 26; // pins on one point stand side by side

/** The cards that are on the map, numbered as they follow each other. */
export function readPlaces(answer: HTMLElement): ListedPlace[] {
  return [...answer.querySelectorAll<HTMLElement>(".card[data-lon]")].map((card, index) => ({
    id: card.dataset.id ?? "",
    name: card.querySelector('[data-of="name"]')?.textContent?.trim() ?? "",
    number: index + 1,
    state: parseState(card.dataset.state),
    at: L.latLng(Number(card.dataset.lat), Number(card.dataset.lon)),
    card,
  }));
}

/** What was asked about; null for a district. */
export function readPoint(answer: HTMLElement): L.LatLng | null {
  const { lon, lat } = answer.dataset;
  return lon && lat ? L.latLng(Number(lat), Number(lon)) : null;
}

export class ListedPlaces {
  private places: ListedPlace[] = [];
  private readonly markers = new Map<string, L.Marker>();
  private readonly layer: L.FeatureGroup;
  private seen = "";

  constructor(
    private readonly frame: MapFrame,
    private readonly closest: number,
    private readonly chosen: (place: ListedPlace, byKey: boolean) => void,
  ) {
    this.layer = L.featureGroup().addTo(frame.map);
  }

  get byId(): ReadonlyMap<string, ListedPlace> {
    return new Map(this.places.map((place) => [place.id, place]));
  }

  find(id: string): ListedPlace | undefined {
    return this.places.find((place) => place.id === id);
  }

  /** Shows an answer. The map moves only where that is another one than before, which is what is returned. */
  show(answer: HTMLElement): boolean {
    const here = readPoint(answer);
    this.places = readPlaces(answer);
    this.layer.clearLayers();
    this.markers.clear();
    const way = wayOf(answer);
    const isAnother = this.fit([...(here ? [here] : []), ...way]); // marks can only be drawn where there is a view
    const farthest = here ? Math.max(0, ...this.places.map(({ at }) => this.frame.map.distance(here, at))) : 0;
    if (here) createRings(here, way.length ? 0 : farthest).addTo(this.layer);
    if (way.length) this.draw(way);
    for (const place of [...this.places].reverse()) this.pin(place);
    return isAnother;
  }

  mark(id: string): void {
    for (const [other, marker] of this.markers) {
      marker.getElement()?.classList.toggle("chosen", other === id);
      marker.setZIndexOffset(other === id ? 9000 : 1000);
    }
  }

  private pin(place: ListedPlace): void {
    const before = this.places.filter(({ at, number }) => number < place.number && at.equals(place.at, 1e-5));
    const icon = pinIcon(place.number, place.state);
    icon.options.iconAnchor = [22 - ASIDE_PX * before.length, 44];
    const marker = L.marker(place.at, { icon, zIndexOffset: 1000, riseOnHover: true }).addTo(this.layer);
    const label = `${place.number} ${place.name} ${stateText(place.state)}`;
    const element = marker.getElement();
    element?.setAttribute("aria-label", label);
    if (element) element.title = label;
    marker.on("click", () => this.chosen(place, false));
    marker.on("keypress", ({ originalEvent }) => {
      if (originalEvent.key !== "Enter" && originalEvent.key !== " ") return;
      L.DomEvent.stop(originalEvent);
      this.chosen(place, true);
    });
    this.markers.set(place.id, marker);
  }

  /** The way from one place to another, where the answer is along one. */
  private draw(way: L.LatLng[]): void {
    L.polyline(way, { className: "way-line", interactive: false }).addTo(this.layer);
    const end = way[way.length - 1];
    if (end) L.marker(end, { icon: endIcon(), interactive: false, keyboard: false }).addTo(this.layer);
  }

  /** Brings all of it into view, where it isn't what was there before. */
  private fit(besides: L.LatLng[]): boolean {
    const now = [...besides.map(String), ...this.places.map(({ id }) => id)].join("\n");
    const points = [...besides, ...this.places.map(({ at }) => at)];
    if (now === this.seen) return false;
    this.seen = now;
    if (points.length) this.frame.fit(points, this.closest);
    return true;
  }
}

function wayOf(answer: HTMLElement): L.LatLng[] {
  const points = JSON.parse(answer.dataset.line ?? "[]") as [number, number][];
  return points.map(([lon, lat]) => L.latLng(lat, lon));
}

/** The widest circles that still say something of places so far away. */
function computeRadii(farthest_m: number): number[] {
  const beyond = RADII_M.find((radius) => radius >= farthest_m) ?? RADII_M[RADII_M.length - 1];
  return RADII_M.filter((radius) => radius <= (beyond ?? 0)).slice(-MOST_RINGS);
}

/** Where one is, and circles that say how far is how far. */
function createRings(here: L.LatLng, farthest_m: number): L.LayerGroup {
  const group = L.layerGroup();
  for (const radius of farthest_m ? computeRadii(farthest_m) : []) {
    L.circle(here, { radius, className: "ring", interactive: false }).addTo(group);
    const north = L.latLng(here.lat + radius / METRES_PER_DEGREE, here.lng);
    L.marker(north, { icon: ringName(radius), interactive: false, keyboard: false, zIndexOffset: -1000 }).addTo(group);
  }
  const dot = L.marker(here, { icon: hereIcon(), interactive: false, keyboard: false, zIndexOffset: 500 });
  return group.addLayer(dot);
}

function ringName(radius: number): L.DivIcon {
  const text = radius < 1000 ? translate("{metres} m", { metres: radius }) : translate("{kilometres} km", { kilometres: radius / 1000 });
  return L.divIcon({ html: makeElement("span", "", text), className: "ring-name", iconSize: [0, 0] });
}
