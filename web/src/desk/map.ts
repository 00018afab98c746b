/** All stations of the list's filter on a map; the list holds the same stations in words, page by page. */
import { createFrame } from "../map/frame";
import { L } from "../map/leaflet";
import { OtherPlaces } from "../map/other_places";
import { translate } from "../translation";

const CLOSE = 16;

/** Marks the stations one by one or counts them, as there is room. Where the map can't be loaded, the list stays. */
export async function showStations(folded: HTMLElement): Promise<void> {
  const section = folded.querySelector<HTMLElement>("section.map");
  const address = section?.dataset.address;
  if (!section || !address) return;
  const note = document.createElement("p");
  note.className = "map-note small";
  note.hidden = true;
  section.hidden = false;
  const { map, base } = await createFrame(section, translate("Map; the list holds the same places in words"), note);
  const [west, south, east, north] = (await base).box ?? [114.8, 34.4, 122.7, 38.4];
  const usual = L.latLngBounds([south, west], [north, east]);
  map.fitBounds(usual, { animate: false });
  const places = new OtherPlaces(map, {
    address,
    filters: () => new URLSearchParams(location.search),
    listed: () => new Map(),
    chosen: ({ id, name, lon, lat }) => {
      const link = document.createElement("a");
      link.href = `/desk/register/${encodeURIComponent(id)}`;
      link.textContent = name;
      map.openPopup(link, [lat, lon]);
    },
    told: (text) => {
      note.hidden = !text;
      note.textContent = text;
    },
    elsewhere: () => Promise.resolve(null),
  });
  const look = async () => {
    map.fitBounds((await findBounds(address)) ?? usual, { animate: false, maxZoom: CLOSE });
    places.refresh(true);
  };
  document.addEventListener("htmx:after:history:push", () => void look()); // the list is another one
  await look();
}

/** What holds all stations of the filter; null where there are none, or nobody knows. */
async function findBounds(address: string): Promise<L.LatLngBounds | null> {
  const response = await fetch(`${address}?${new URLSearchParams([...new URLSearchParams(location.search), ["limit", "0"]])}`).catch(() => null);
  if (!response?.ok) return null;
  const { box } = (await response.json()) as { box: [number, number, number, number] | null };
  return box && L.latLngBounds([box[1], box[0]], [box[3], box[2]]).pad(0.05);
}
