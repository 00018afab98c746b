/** A map with its ground and its buttons, for the list's places and for a pin alike. */
import { say } from "../words";
import { addBase, type BaseMap, baseMap } from "./base";
import { L } from "./leaflet";
import { styled } from "./styles";

export interface Frame {
  map: L.Map;
  /** Comes when it comes: places are shown before. */
  base: Promise<BaseMap>;
}

const WIDEST = 6; // of the outlines; whoever looks for a toilet needs no map of the country
const CLOSEST = 18;

/** Fills an element that is visible with a map, a note over its lower edge and its sources below. */
export async function framed(into: HTMLElement, label: string, note: HTMLElement): Promise<Frame> {
  const base = baseMap();
  await styled();
  const element = made("div", "map-canvas");
  const stage = made("div", "map-stage");
  stage.append(element, note);
  const below = made("p", "small sources");
  below.hidden = true;
  into.replaceChildren(stage, below);
  new ResizeObserver(() => stage.style.setProperty("--note", `${note.offsetHeight}px`)).observe(note);
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
      zoomInTitle: say("Show a smaller part"),
      zoomOutTitle: say("Show a larger part"),
    })
    .addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  void base.then((found) => {
    if (!element.isConnected) return;
    addBase(map, found);
    below.textContent = found.sources.join(" · ");
    below.hidden = found.sources.length === 0;
  });
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(element);
  return { map, base };
}

function made(tag: string, className: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}
