/** Choose a point: the map moves under a pin that stays in its middle. Leaflet comes when it is called. */
import { makeButton, makeElement } from "../elements";
import { translate } from "../translation";

export interface Point {
  lon: number;
  lat: number;
}

const CLOSE = 17;

/** Draws into an element that is empty and visible; it is empty again afterwards. *CRS*: WGS84. */
export async function choosePoint(element: HTMLElement, start: Point): Promise<Point | null> {
  const { createFrame } = await import("./frame");
  const note = makeElement("div", "map-note row");
  element.classList.add("map", "choosing");
  try {
    const { map } = await createFrame(element, translate("Map; move it until the pin is on the place"), note);
    const pin = map.getContainer().appendChild(makeElement("span", "pin-middle"));
    pin.setAttribute("aria-hidden", "true");
    map.setView([start.lat, start.lon], CLOSE, { animate: false });
    const point = await new Promise<Point | null>((resolve) => {
      const here = makeButton(translate("Here it is"), () => resolve(rounded(map.getCenter().wrap())), "main");
      note.append(here, makeButton(translate("Leave it"), () => resolve(null)));
    });
    map.remove();
    return point;
  } finally {
    element.classList.remove("map", "choosing");
    element.replaceChildren();
  }
}

function rounded({ lng, lat }: { lng: number; lat: number }): Point {
  return { lon: Number(lng.toFixed(6)), lat: Number(lat.toFixed(6)) };
}
