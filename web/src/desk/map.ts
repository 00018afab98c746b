/** The stations of the list on a map; the list holds the same stations in words. */
import { createFrame } from "../map/frame";
import { L } from "../map/leaflet";
import { translate } from "../translation";

const CLOSE = 16;

/** Draws each placed station of the list, and those of each list that a filter makes of it. Where the map can't be loaded, the list stays. */
export async function showStations(folded: HTMLElement): Promise<void> {
  const [section, list] = [folded.querySelector<HTMLElement>("section.map"), document.getElementById("list")?.parentElement];
  if (!section || !list) return;
  const note = document.createElement("p");
  note.className = "unseen";
  section.hidden = false;
  const { map, base } = await createFrame(section, translate("Map; the list holds the same places in words"), note);
  const [west, south, east, north] = (await base).box ?? [114.8, 34.4, 122.7, 38.4];
  const marks = L.featureGroup().addTo(map);
  const draw = () => {
    marks.clearLayers();
    for (const one of list.querySelectorAll<HTMLElement>("[data-lon][data-lat]")) marks.addLayer(createMark(one));
    const box = marks.getLayers().length ? marks.getBounds().pad(0.1) : L.latLngBounds([south, west], [north, east]);
    map.fitBounds(box, { animate: false, maxZoom: CLOSE });
  };
  draw();
  new MutationObserver(draw).observe(list, { childList: true });
}

function createMark({ dataset }: HTMLElement): ReturnType<typeof L.circleMarker> {
  const link = document.createElement("a");
  link.href = dataset.href ?? "";
  link.textContent = dataset.name ?? "";
  return L.circleMarker([Number(dataset.lat), Number(dataset.lon)], { radius: 9, className: "station-mark" }).bindPopup(link);
}
