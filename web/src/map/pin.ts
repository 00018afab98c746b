/** Choose a point: the map moves under a pin that stays in its middle. Leaflet comes when it is called. */
import { translate } from "../translation";

export interface Point {
  lon: number;
  lat: number;
}

const CLOSE = 17;

/** Draws into an element that is empty and visible; it is empty again afterwards. *CRS*: WGS84. */
export async function choosePoint(element: HTMLElement, start: Point): Promise<Point | null> {
  const { createFrame } = await import("./frame");
  const [yes, no] = [chooser(translate("Here it is"), "main"), chooser(translate("Leave it"), "")];
  const note = document.createElement("div");
  note.className = "map-note row";
  note.append(yes, no);
  element.classList.add("map", "choosing");
  try {
    const { map } = await createFrame(element, translate("Map; move it until the pin is on the place"), note);
    map.getContainer().append(pin());
    map.setView([start.lat, start.lon], CLOSE, { animate: false });
    const point = await new Promise<Point | null>((resolve) => {
      yes.addEventListener("click", () => resolve(rounded(map.getCenter().wrap())));
      no.addEventListener("click", () => resolve(null));
    });
    map.remove();
    return point;
  } finally {
    element.classList.remove("map", "choosing");
    element.replaceChildren();
  }
}

function pin(): HTMLElement {
  const made = document.createElement("span");
  made.className = "pin-middle";
  made.setAttribute("aria-hidden", "true");
  return made;
}

function chooser(words: string, className: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = className;
  button.textContent = words;
  return button;
}

function rounded({ lng, lat }: { lng: number; lat: number }): Point {
  return { lon: Number(lng.toFixed(6)), lat: Number(lat.toFixed(6)) };
}
