/** The stations of the list on a map; the list holds the same stations in words. */
import { createFrame } from "../map/frame";
import { L } from "../map/leaflet";
import { translate } from "../translation";

const CLOSE = 16;

/** Draws each placed station of the list. Where the map can't be loaded, the list stays. */
export async function showStations(section: HTMLElement): Promise<void> {
  const listed = [...document.querySelectorAll<HTMLElement>("[data-lon][data-lat]")];
  const note = document.createElement("p");
  note.className = "unseen";
  section.hidden = false;
  const { map, base } = await createFrame(section, translate("Map; the list holds the same places in words"), note);
  if (!listed.length) {
    const [west, south, east, north] = (await base).box ?? [114.8, 34.4, 122.7, 38.4];
    map.fitBounds(L.latLngBounds([south, west], [north, east]), { animate: false });
    return;
  }
  const marks = listed.map((row) => {
    const mark = L.circleMarker([Number(row.dataset.lat), Number(row.dataset.lon)], { radius: 9, className: "station-mark" });
    const link = document.createElement("a");
    link.href = row.dataset.href ?? "";
    link.textContent = row.dataset.name ?? "";
    return mark.bindPopup(link).addTo(map);
  });
  map.fitBounds(L.featureGroup(marks).getBounds().pad(0.1), { animate: false, maxZoom: CLOSE });
}
