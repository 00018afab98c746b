/** The map of the rider's page: what the list holds, what else is there, and asking from anywhere on it. */
import { makeElement } from "../elements";
import { withEmployer } from "../employer";
import type { RiderPage } from "../page";
import { translate } from "../translation";
import { createFrame, type MapFrame } from "./frame";
import { L } from "./leaflet";
import { MapNote, type NoteActions } from "./note";
import { type OfflineStations, type StationMark, OtherPlaces, readFilterFields } from "./other_places";
import { type ListedPlace, ListedPlaces, readPlaces, readPoint } from "./listed_places";

const CHINA: [number, number, number, number] = [73, 18, 135, 54];
const NEAR = { withStreets: 15, without: 14 }; // zooms at which streets' corners, or at least neighbours, are told apart
const CLOSEST_OF_LIST = 16;
const WHERE = ["lon", "lat", "datum", "accuracy", "station", "district", "q", "offset"]; // and all that begins with to_
const DIGITS = 5; // 1 m

export async function openMapView(section: HTMLElement, page: RiderPage, elsewhere: OfflineStations): Promise<RiderMap> {
  const note = new MapNote();
  const label = translate("Map; the list holds the same places in words");
  const frame = await createFrame(section, label, note.element);
  const { streets, tiles, box } = await frame.base;
  if (streets) void import("./streets").then(({ startStreetSaving }) => startStreetSaving(streets, page)).catch(() => undefined);
  if (!readPoint(page.answer) && readPlaces(page.answer).length === 0) {
    const [west, south, east, north] = box ?? CHINA;
    frame.fit([[south, west], [north, east]], CLOSEST_OF_LIST);
  }
  return new RiderMap(section, frame, Boolean(streets ?? tiles), page, note, elsewhere);
}

export class RiderMap implements NoteActions {
  private readonly places: ListedPlaces;
  private readonly others: OtherPlaces;
  private readonly map: L.Map;
  private readonly tapped = L.marker([0, 0], { icon: tapIcon(), interactive: false, keyboard: false, zIndexOffset: 8000 });
  private isOwnChoice = false;
  private lookedAt = "";

  constructor(
    private readonly section: HTMLElement,
    private readonly frame: MapFrame,
    private readonly hasStreets: boolean,
    private readonly page: RiderPage,
    private readonly note: MapNote,
    elsewhere: OfflineStations,
  ) {
    const { map } = frame;
    this.map = map;
    this.places = new ListedPlaces(frame, hasStreets ? CLOSEST_OF_LIST : NEAR.without, (place, byKey) => this.chosen(place, byKey));
    this.others = new OtherPlaces(map, {
      address: "/api/v1/stations/within",
      filters: () => readFilterFields(withEmployer(page.question())),
      listed: () => this.places.byId,
      chosen: (mark) => this.other(mark),
      told: (text) => note.tell(text),
      elsewhere,
    });
    note.acts = this;
    const cross = map.getContainer().appendChild(makeElement("span", "middle")); // shown while the map is moved by keys
    cross.setAttribute("aria-hidden", "true");
    map.on("click", ({ latlng }) => this.tap(latlng));
    page.onAnswer((answer) => this.answered(answer));
    page.onSelect((card) => this.selected(card));
    this.answered(page.answer);
  }

  /** Look at a place of the list. */
  show(id: string): void {
    const place = this.places.find(id);
    if (!place) return;
    this.looked(place);
    this.bring(place.at, Math.max(this.map.getZoom(), this.hasStreets ? NEAR.withStreets : NEAR.without));
  }

  askHere(): void {
    void this.ask(questionAtPoint(this.page.question(), this.tapped.getLatLng()));
  }

  askWay(): void {
    const here = readPoint(this.page.answer);
    if (here) void this.ask(questionAlongWay(this.page.question(), here, this.tapped.getLatLng()));
  }

  askMiddle(): void {
    void this.ask(questionAtPoint(this.page.question(), this.map.getCenter().wrap()));
  }

  toCard(place: ListedPlace): void {
    this.page.select(place.id);
  }

  lookAt(mark: StationMark): void {
    void this.ask(questionAboutStation(this.page.question(), mark.id));
  }

  close(): void {
    this.tapped.remove();
    this.unmark();
    this.note.idle();
  }

  private answered(answer: HTMLElement): void {
    const isAnother = this.places.show(answer);
    const looked = this.places.find(this.lookedAt);
    if (isAnother || (this.lookedAt && !looked)) this.close();
    else if (looked) this.looked(looked); // news of the same places: whoever looks at one goes on
    this.others.refresh(true);
  }

  /** A pin was chosen on the map: beside the list its card comes into view, below it the map stays. */
  private chosen(place: ListedPlace, byKey: boolean): void {
    this.looked(place);
    this.clear(place.at);
    if (this.isBeside()) {
      this.isOwnChoice = true;
      this.page.select(place.id, { focus: byKey });
      this.isOwnChoice = false;
    } else if (byKey) this.note.focus();
  }

  /** A card was chosen in the list. */
  private selected(card: HTMLElement): void {
    const place = this.places.find(card.dataset.id ?? "");
    if (!place || this.isOwnChoice) return;
    this.looked(place);
    this.clear(place.at);
  }

  private clear(at: L.LatLng): void {
    if (!this.isClear(at)) this.bring(at, this.map.getZoom());
  }

  /** Into the middle of what the note leaves free; without streets, only the rider's own point says where it is. */
  private bring(at: L.LatLng, zoom: number): void {
    const here = readPoint(this.page.answer);
    if (here && !this.hasStreets) return this.frame.fit([here, at], NEAR.without);
    const middle = this.map.project(at, zoom).add([0, this.note.element.offsetHeight / 2]);
    this.map.setView(this.map.unproject(middle, zoom), zoom, { animate: false });
  }

  private isClear(at: L.LatLng): boolean {
    const { x, y } = this.map.latLngToContainerPoint(at);
    const size = this.map.getSize();
    return x > 30 && x < size.x - 30 && y > 50 && y < size.y - this.note.element.offsetHeight - 20;
  }

  private unmark(): void {
    this.lookedAt = "";
    this.places.mark("");
    this.others.unmark();
  }

  private looked(place: ListedPlace): void {
    this.lookedAt = place.id;
    this.tapped.remove();
    this.others.unmark();
    this.places.mark(place.id);
    this.note.place(place, !this.isBeside(), this.hasStreets);
  }

  private other(mark: StationMark): void {
    this.tapped.setLatLng([mark.lat, mark.lon]).remove();
    this.unmark();
    this.note.other(mark);
  }

  private tap(at: L.LatLng): void {
    this.tapped.setLatLng(at.wrap()).addTo(this.map);
    this.unmark();
    this.note.point(readPoint(this.page.answer) !== null);
  }

  /** The answer stands in the list: below it, the map gives way. */
  private async ask(question: URLSearchParams): Promise<void> {
    await this.page.ask(question);
    if (!this.isBeside()) this.page.answer.scrollIntoView({ block: "start" });
  }

  private isBeside(): boolean {
    return this.page.answer.getBoundingClientRect().right <= this.section.getBoundingClientRect().left + 1;
  }
}

function tapIcon(): L.DivIcon {
  return L.divIcon({ className: "tapped", html: makeElement("span"), iconSize: [36, 44], iconAnchor: [18, 44] });
}

/** The same question about a point of the map. */
function questionAtPoint(question: URLSearchParams, at: L.LatLng): URLSearchParams {
  return new URLSearchParams([...formatPoint("", at), ["datum", "wgs84"], ...filterFields(question)]);
}

/** On the way from one point to another. */
function questionAlongWay(question: URLSearchParams, from: L.LatLng, to: L.LatLng): URLSearchParams {
  return new URLSearchParams([...formatPoint("", from), ["datum", "wgs84"], ...formatPoint("to_", to), ...filterFields(question)]);
}

function questionAboutStation(question: URLSearchParams, id: string): URLSearchParams {
  return new URLSearchParams([["station", id], ...filterFields(question)]);
}

function formatPoint(prefix: string, { lng, lat }: L.LatLng): string[][] {
  return [[`${prefix}lon`, lng.toFixed(DIGITS)], [`${prefix}lat`, lat.toFixed(DIGITS)]];
}

function filterFields(question: URLSearchParams): string[][] {
  return [...question].filter(([name]) => !WHERE.includes(name) && !name.startsWith("to_"));
}
