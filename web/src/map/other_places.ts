/** All other places in view that pass the same filters; counted by cells where there are many. */
import { L, MarkerClusterGroup } from "./leaflet";
import { badgeIcon, spotIcon, type State, parseState } from "./icons";
import { withOffset } from "../moments";
import { translate } from "../translation";

/** A station as the server tells it. */
export interface StationMark {
  id: string;
  name: string;
  kind: string;
  lon: number;
  lat: number;
  state: string;
}

/** Places that the server counts where there are many. */
interface Cell {
  lon: number;
  lat: number;
  count: number;
  open: number;
}

interface Within {
  count: number;
  stations: StationMark[];
  cells: Cell[];
}

type Box = [west: number, south: number, east: number, north: number];

/** Who knows what lies in a box where the network doesn't answer. */
export type OfflineStations = (box: Box, question: URLSearchParams) => Promise<{ stations: StationMark[] } | null>;

// What list and map are asked alike; the other fields say where, or belong to the page.
const FILTERS = [
  ...["at", "kind", "facility", "entry", "access", "open", "not_closed", "usable", "member", "employer"],
  ...["benefit", "stay_min", "verified_within_days"],
];
/** Who asks for them. */
export interface OtherPlacesView {
  /** Where they are asked for, and the filters that they shall pass. */
  address: string;
  filters(): URLSearchParams;
  /** Where those are that are drawn already, by their ids. */
  listed(): ReadonlyMap<string, { at: L.LatLng; state: State }>;
  chosen(mark: StationMark): void;
  /** How many are in view and how many of them are open; empty where nobody knows. By cells they are counted roughly. */
  told(text: string): void;
  elsewhere: OfflineStations;
}

const BEYOND = 0.25; // of the map's sides, so that a small move asks nothing
const ROOM_PX = 3000; // that one mark takes
const APART_PX = 64; // of cells
const FEWEST = 60;
const MOST = 300;
const SETTLED_MS = 150; // a map that is being moved asks once
const CLOSER = 2; // zooms, by a tap on a cell

export class OtherPlaces {
  private readonly layer: L.MarkerClusterGroup;
  private readonly counted: L.LayerGroup;
  private readonly spots = new Map<string, Spot>(); // by all that their marks say
  private waiting = 0;
  private asking: AbortController | null = null;
  private found: Within | null = null;
  private known: { box: L.LatLngBounds; zoom: number; asked: string } | null = null;

  constructor(
    private readonly map: L.Map,
    private readonly page: OtherPlacesView,
  ) {
    this.layer = new MarkerClusterGroup({
      maxClusterRadius: 44,
      showCoverageOnHover: false,
      animate: false,
      iconCreateFunction: (cluster) => {
        const markers = cluster.getAllChildMarkers() as Spot[];
        return badgeIcon(markers.length, markers.filter(({ mark }) => mark?.state === "open").length);
      },
    }).addTo(map);
    this.counted = L.layerGroup().addTo(map);
    map.on("moveend", () => this.refresh());
  }

  /** Asks for what is in view, where that isn't there yet; `anew` where it may have changed. */
  refresh(anew = false): void {
    if (anew) this.known = null;
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => void this.ask(), SETTLED_MS);
  }

  private async ask(): Promise<void> {
    const view = this.map.getBounds();
    const zoom = this.map.getZoom();
    const filters = this.page.filters();
    const asked = filters.toString();
    const known = this.known;
    if (known && known.zoom === zoom && known.asked === asked && known.box.contains(view)) return this.count();
    const box = view.pad(BEYOND);
    this.known = { box, zoom, asked };
    this.asking?.abort();
    const turn = (this.asking = new AbortController());
    const found = await this.within(box, filters, turn.signal);
    if (turn.signal.aborted) return;
    if (found) this.show(found);
    else this.known = null;
    this.found = found;
    this.count();
  }

  /** Nobody looks at one of these any more. */
  unmark(): void {
    for (const spot of this.map.getContainer().querySelectorAll(".place.chosen")) spot.classList.remove("chosen");
  }

  /** How many are in view, not in what was asked for besides; those of the list too, whatever their filters say. */
  private count(): void {
    const view = this.map.getBounds();
    const inView = ({ lon, lat }: { lon: number; lat: number }) => view.contains([lat, lon]);
    if (!this.found) return this.page.told("");
    const { stations, cells } = this.found;
    const states = new Map(stations.filter(inView).map(({ id, state }) => [id, state]));
    for (const [id, { at, state }] of cells.length ? [] : this.page.listed()) if (view.contains(at)) states.set(id, state);
    let [count, open] = [states.size, [...states.values()].filter((state) => state === "open").length];
    for (const cell of cells.filter(inView)) [count, open] = [count + cell.count, open + cell.open];
    this.page.told(cells.length ? translate("In view: about {count}, {open} of them open.", { count, open }) : translate("In view: {count}, {open} of them open.", { count, open }));
  }

  private async within(bounds: L.LatLngBounds, filters: URLSearchParams, signal: AbortSignal): Promise<Within | null> {
    const box = boundsToBox(bounds);
    const { x, y } = this.map.getSize();
    const limit = Math.round(Math.min(MOST, Math.max(FEWEST, (x * y) / ROOM_PX)));
    const query = new URLSearchParams([...filters, ["bbox", box.join(",")], ["limit", String(limit)]]);
    try {
      const response = await fetch(`${this.page.address}?${query}`, { signal });
      if (!response.ok) throw new Error(`${response.status}`);
      return (await response.json()) as Within;
    } catch {
      const saved = signal.aborted ? null : await this.page.elsewhere(box, filters).catch(() => null);
      return saved && { count: saved.stations.length, stations: saved.stations, cells: [] };
    }
  }

  /** What is there already stays, so that a tap that began on it ends on it. */
  private show(found: Within): void {
    const listed = this.page.listed();
    const marks = found.stations.filter(({ id }) => !listed.has(id));
    const wanted = new Map(marks.map((mark) => [JSON.stringify(mark), mark]));
    const gone = [...this.spots].filter(([key]) => !wanted.has(key));
    const added = [...wanted].filter(([key]) => !this.spots.has(key)).map(([key, mark]) => [key, this.spot(mark)] as const);
    for (const [key] of gone) this.spots.delete(key);
    for (const [key, spot] of added) this.spots.set(key, spot);
    this.layer.removeLayers(gone.map(([, spot]) => spot));
    this.layer.addLayers(added.map(([, spot]) => spot));
    this.counted.clearLayers();
    const pixel = ({ lon, lat }: Cell) => this.map.project([lat, lon]);
    for (const cell of mergeCells(found.cells, pixel, APART_PX)) this.badge(cell).addTo(this.counted);
  }

  private spot(mark: StationMark): Spot {
    const spot: Spot = L.marker([mark.lat, mark.lon], { icon: spotIcon(mark.kind, parseState(mark.state)), keyboard: false });
    spot.mark = mark;
    spot.options.title = mark.name;
    return spot.on("click", () => {
      this.page.chosen(mark);
      spot.getElement()?.classList.add("chosen");
    });
  }

  private badge({ lon, lat, count, open }: Cell): L.Marker {
    const badge = L.marker([lat, lon], { icon: badgeIcon(count, open), keyboard: false });
    return badge.on("click", () => this.map.setView([lat, lon], this.map.getZoom() + CLOSER));
  }
}

interface Spot extends L.Marker {
  mark?: StationMark;
}

/** The question's filters; usable places, and for a stay doors that are open for certain, as the list takes them. */
export function readFilterFields(question: URLSearchParams): URLSearchParams {
  const filters = new URLSearchParams([...question].filter(([name]) => FILTERS.includes(name)));
  if (!filters.has("usable")) filters.set("usable", "true");
  const at = filters.get("at");
  if (at) filters.set("at", withOffset(at));
  if (Number(filters.get("stay_min")) > 0) filters.set("open", "true"); // as PageAsked.filters
  return filters;
}

/** Thosewhose points fall into one square of `side` pixels become one, in their common middle. */
function mergeCells(cells: Cell[], pixelOf: (cell: Cell) => { x: number; y: number }, side: number): Cell[] {
  const squares = new Map<string, Cell>();
  for (const cell of cells) {
    const { x, y } = pixelOf(cell);
    const key = `${Math.floor(x / side)} ${Math.floor(y / side)}`;
    const there = squares.get(key);
    squares.set(key, there ? joined(there, cell) : cell);
  }
  return [...squares.values()];
}

function joined(a: Cell, b: Cell): Cell {
  const count = a.count + b.count;
  const middle = (one: number, other: number) => (one * a.count + other * b.count) / count;
  return { lon: middle(a.lon, b.lon), lat: middle(a.lat, b.lat), count, open: a.open + b.open };
}

/** Rounded outwards to 1 m, and never beyond the Earth. */
export function boundsToBox(bounds: L.LatLngBounds): Box {
  const down = (value: number) => Math.floor(value * 1e5) / 1e5;
  const up = (value: number) => Math.ceil(value * 1e5) / 1e5;
  return [
    Math.max(-180, down(bounds.getWest())),
    Math.max(-90, down(bounds.getSouth())),
    Math.min(180, up(bounds.getEast())),
    Math.min(90, up(bounds.getNorth())),
  ];
}
