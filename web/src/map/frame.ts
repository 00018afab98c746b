/** A map with its ground and its buttons, for the list's places and for a pin alike. */
import { makeElement } from "../elements";
import { translate } from "../translation";
import { addBaseMap } from "./base";
import { type BaseMap, fetchBaseMap } from "./base_map";
import { L } from "./leaflet";
import { loadStyles } from "./styles";

export interface MapFrame {
  map: L.Map;
  /** Comes when it comes: places are shown before. */
  base: Promise<BaseMap>;
}

const WIDEST = 6; // of the outlines; whoever looks for a toilet needs no map of the country
const CLOSEST = 18;
const NOTE_MARGIN_PX = 8;

/** Fills an element that is visible with a map, a note over its lower edge and its sources below. */
export async function createFrame(into: HTMLElement, label: string, note: HTMLElement): Promise<MapFrame> {
  const base = fetchBaseMap();
  await loadStyles();
  const element = makeElement("div", "map-canvas");
  const stage = makeElement("div", "map-stage");
  stage.append(element, note);
  const below = makeElement("p", "small sources");
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
    below.textContent = found.sources.join(" · ");
  });
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(element);
  return { map, base };
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
