/** Where a place really is, after somebody did not find it: a pin on the map, or where they stand. */
import { makeButton } from "../elements";
import type { RiderPage } from "../page";
import { translate } from "../translation";
import { type PhoneReport, createKey } from "./phone_reports";
import { sendOrQueueReport } from "./sending";
import { showMessage, showOutcome } from "./messages";
import { offerTakingBack } from "./take_back";

const COARSE_M = 50; // a pin that is no better than this helps nobody
const PATIENCE_MS = 15_000;

interface Point {
  lon: number;
  lat: number;
}

/** Ask where it is, below what was said of the report. */
export function offerPin(page: RiderPage, card: HTMLElement, box: HTMLElement, first: PhoneReport): void {
  const row = document.createElement("p");
  row.className = "founds";
  const send = (point: Point): void => void sent(box, first, point);
  const here = makeButton(translate("It is where I stand"), () => void standing(page, here, send));
  row.append(here);
  const start = startOf(page, card);
  if (start) row.append(makeButton(translate("Show it on the map"), () => void onMap(box, row, start, send)));
  const question = document.createElement("p");
  question.textContent = translate("Where is it really? The point is kept as a proposal for whoever looks after the map.");
  box.append(question, row);
  box.scrollIntoView({ block: "nearest" });
}

/** The report with the point stands for the one before it: of one rider the last word counts. */
async function sent(box: HTMLElement, first: PhoneReport, { lon, lat }: Point): Promise<void> {
  const body = { observation: "wrong_place", pin: { lon, lat, datum: "wgs84" as const }, idempotency_key: createKey() };
  const second = { ...first, number: undefined, tried: undefined, tapped: Date.now(), body };
  const outcome = await sendOrQueueReport(second, first);
  showOutcome(box, outcome);
  if (outcome.kind === "sent" || outcome.kind === "waits") offerTakingBack(box, [second, first], () => undefined);
}

/** The card's own place; the asked point where it has none. *CRS*: WGS84. */
function startOf(page: RiderPage, card: HTMLElement): Point | null {
  for (const { lon, lat } of [card.dataset, page.answer.dataset]) {
    if (lon && lat) return { lon: Number(lon), lat: Number(lat) };
  }
  return null;
}

async function onMap(box: HTMLElement, row: HTMLElement, start: Point, send: (point: Point) => void): Promise<void> {
  const { choosePoint } = await import("../map/pin");
  const place = document.createElement("div");
  place.className = "map";
  row.hidden = true;
  box.append(place);
  place.scrollIntoView({ block: "nearest" });
  try {
    const point = await choosePoint(place, start);
    if (point) send(point);
  } catch {
    showMessage(box, translate("The map can't be loaded now."));
  } finally {
    place.remove();
    row.hidden = false;
  }
}

async function standing(page: RiderPage, asked: HTMLButtonElement, send: (point: Point) => void): Promise<void> {
  asked.disabled = true;
  try {
    const { coords } = await new Promise<GeolocationPosition>((resolve, reject) =>
      navigator.geolocation.getCurrentPosition(resolve, reject, {
        enableHighAccuracy: true,
        timeout: PATIENCE_MS,
        maximumAge: 0,
      }),
    );
    if (coords.accuracy <= COARSE_M) return send({ lon: coords.longitude, lat: coords.latitude });
    const metres = Math.round(coords.accuracy);
    page.showMessage(translate("Your phone knows its place only within {metres} m: show it on the map instead.", { metres }));
  } catch {
    page.showMessage(translate("Your phone does not tell where it is: show it on the map instead."));
  } finally {
    asked.disabled = false;
  }
}
