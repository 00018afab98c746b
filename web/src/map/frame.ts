/** A map with its ground and its buttons, for the list's places and for a pin alike. */
import { makeElement } from "../elements";
import { translate } from "../translation";
import { type BaseMap, type Layer, fetchBaseMap } from "./base_map";
import { L } from "./leaflet";
import { createOutlineLayer } from "./outlines";

export interface MapFrame {
  map: L.Map;
  base: Promise<BaseMap>;
  /** Brings points into what the note leaves free, no closer than a zoom. */
  fit(points: L.LatLngTuple[] | L.LatLng[], closest: number): void;
}

const WIDEST = 6; // of the outlines; whoever looks for a toilet needs no map of the country
const CLOSEST = 18;
const OUTLINES_NAMED_UP_TO = 11; // a zoom: from the next one on, the streets have names of their own
const NOTE_MARGIN_PX = 8;
const PIN_PX = 56;
let loading: Promise<void> | null = null;

/** Fills an element that is visible with a map, a note over its lower edge and its sources below. */
export async function createFrame(into: HTMLElement, label: string, note: HTMLElement): Promise<MapFrame> {
  const base = fetchBaseMap();
  await loadStyles();
  const element = makeElement("div", "map-canvas");
  const stage = makeElement("div", "map-stage");
  stage.append(element, note);
  const below = makeElement("div", "small sources");
  into.replaceChildren(stage, below);
  keepButtonsAbove(note, stage);
  element.setAttribute("role", "application");
  element.setAttribute("aria-label", label);
  const map = L.map(element, {
    attributionControl: false,
    zoomControl: false,
    minZoom: WIDEST,
    maxZoom: CLOSEST,
    zoomSnap: 1,
    worldCopyJump: true,
  });
  map.createPane("names").style.zIndex = "350";
  L.control
    .zoom({
      position: "bottomright", // where the thumb is
      zoomInTitle: translate("Show a smaller part"),
      zoomOutTitle: translate("Show a larger part"),
    })
    .addTo(map);
  createScale().addTo(map);
  void base.then((found) => {
    if (!element.isConnected) return;
    addBaseMap(map, found);
    below.append(found.credit, ...found.sources.map(foldSource)); // the credit stays in sight, as its licence asks
  });
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(element);
  const fit: MapFrame["fit"] = (points, maxZoom) =>
    void map.fitBounds(L.latLngBounds(points), { paddingTopLeft: [40, PIN_PX], paddingBottomRight: [64, note.offsetHeight + 3 * NOTE_MARGIN_PX], maxZoom, animate: false });
  return { map, base, fit };
}

function foldSource(source: string): HTMLElement {
  const folded = makeElement("details");
  folded.append(makeElement("summary", "", translate("ⓘ Map sources")), source);
  return folded;
}

/** The map's own buttons stand above the note, which stays above the page's bar while the page is scrolled. */
function keepButtonsAbove(note: HTMLElement, stage: HTMLElement): void {
  const place = (): void => {
    if (!stage.isConnected) return removeEventListener("scroll", place);
    const height = stage.getBoundingClientRect().bottom - note.getBoundingClientRect().top - NOTE_MARGIN_PX;
    stage.style.setProperty("--note", `${height}px`);
  };
  new ResizeObserver(place).observe(note);
  addEventListener("scroll", place, { passive: true });
}

/** The scale, with its unit in words. */
function createScale(): L.Control.Scale {
  const Worded = L.Control.Scale.extend({
    _updateMetric(this: { _getRoundNum(most: number): number; _updateScale(scale: unknown, text: string, share: number): void; _mScale: unknown }, most: number) {
      const metres = this._getRoundNum(most);
      const text = metres < 1000 ? translate("{metres} m", { metres: String(metres) }) : translate("{kilometres} km", { kilometres: String(metres / 1000) });
      this._updateScale(this._mScale, text, metres / most);
    },
  });
  return new (Worded as unknown as typeof L.Control.Scale)({ imperial: false, position: "bottomleft" });
}

/** Loads the map's own styles: the page says where they are. */
function loadStyles(): Promise<void> {
  loading ??= new Promise<void>((resolve, reject) => {
    const address = document.querySelector<HTMLElement>("[data-map-styles]")?.dataset.mapStyles;
    if (!address) return reject(new Error("nothing says where the map's styles are: data-map-styles"));
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      loading = null;
      link.remove();
      reject(new Error("the map's styles can't be had"));
    });
    document.head.append(link);
  });
  return loading;
}

/** Once all that is in view has come, what has no outline is the sea; what is missing never is, as long as it stays. */
function seaAround(map: L.Map, land: L.GridLayer): L.GridLayer {
  const lacking = new Set<HTMLElement>();
  const tell = () => map.getContainer().classList.toggle("drawn", !lacking.size);
  land.on("tileerror", ({ tile }) => tile.isConnected && lacking.add(tile)); // it may have gone before its answer
  land.on("tileunload", ({ tile }) => lacking.delete(tile) && !land.isLoading() && tell());
  return land.on("load", tell);
}

/** Draws the ground: outlines, streets or pictures; all from our own server. */
function addBaseMap(map: L.Map, base: BaseMap): void {
  const namedUpTo = base.tiles ? 0 : base.streets ? OUTLINES_NAMED_UP_TO : map.getMaxZoom();
  const style = { namedUpTo, ...(base.streets && { dash: [1, 5] }) };
  if (base.outlines) seaAround(map, createOutlineLayer(base.outlines, style)).addTo(map);
  if (base.streets) addStreets(map, base.streets).catch(() => undefined); // the outlines stay
  if (!base.tiles) return;
  L.tileLayer(base.tiles.template, {
    minNativeZoom: base.tiles.min_zoom,
    maxNativeZoom: base.tiles.max_zoom,
    maxZoom: map.getMaxZoom(),
    className: "pictures",
    zIndex: 2,
  }).addTo(map);
}

async function addStreets(map: L.Map, streets: Layer): Promise<void> {
  const { createServerTiles, createStreetLayer } = await import("./streets");
  createStreetLayer(streets, createServerTiles(streets.template))?.addTo(map);
}
