/** Links that open a place in a map app, each in its own datum: as yihui/views/navigation.py makes them, for the phone. */
import gcoord from "gcoord";

export type Travel = "walk" | "ebike";
/** lon and lat are WGS84. */
export type Place = { name: string; address: string; lon: number; lat: number };
type Datum = "GCJ02" | "BD09" | "WGS84";

const SOURCE = "yihui";
// What separates the parts of a value in one of these addresses becomes its full-width twin in a name.
const TWINS: Record<string, string> = { ",": "，", ";": "；", ":": "：", "|": "｜", "\r": " ", "\n": " " };

/** The link for each app, by its code. */
export function buildNavigationLinks(place: Place, travel: Travel): Record<string, string> {
  const name = value(place.name);
  const address = value(place.address || place.name);
  const [gcjLon, gcjLat] = written(place, "GCJ02");
  const [bdLon, bdLat] = written(place, "BD09");
  const [lon, lat] = written(place, "WGS84");
  const ride = travel === "ebike";
  const asked = ride
    ? `marker?marker=coord:${gcjLat},${gcjLon};title:${name};addr:${address}`
    : `routeplan?type=walk&to=${name}&tocoord=${gcjLat},${gcjLon}`;
  return {
    amap:
      `https://uri.amap.com/navigation?to=${gcjLon},${gcjLat},${name}` +
      `&mode=${ride ? "ride" : "walk"}&coordinate=gaode&src=${SOURCE}&callnative=1`,
    baidu:
      `https://api.map.baidu.com/marker?location=${bdLat},${bdLon}&title=${name}` +
      `&content=${address}&output=html&coord_type=bd09ll&src=webapp.${SOURCE}.${SOURCE}`,
    tencent: `https://apis.map.qq.com/uri/v1/${asked}&coord_type=2&referer=${SOURCE}`,
    apple: `https://maps.apple.com/?${ride ? `ll=${gcjLat},${gcjLon}&q=${name}` : `daddr=${gcjLat},${gcjLon}&dirflg=w`}`,
    geo: `geo:${lat},${lon}?q=${lat},${lon}(${name})`,
  };
}

/** Let the links of a card (templates/rider/links.html) lead to a place. */
export function fillNavigationLinks(card: ParentNode, place: Place, travel: Travel): void {
  const hrefs = buildNavigationLinks(place, travel);
  for (const link of card.querySelectorAll<HTMLAnchorElement>("a[data-app]")) {
    link.href = hrefs[link.dataset.app ?? ""] ?? "";
  }
}

function written(place: Place, datum: Datum): [string, string] {
  const [lon, lat] = datum === "WGS84" ? [place.lon, place.lat] : shifted(place, datum);
  return [lon.toFixed(6), lat.toFixed(6)];
}

function shifted(place: Place, datum: Datum): [number, number] {
  return gcoord.transform([place.lon, place.lat] as [number, number], gcoord.WGS84, gcoord[datum]);
}

function value(text: string): string {
  const plain = text.replace(/[,;:|\r\n]/g, (mark) => TWINS[mark] ?? mark);
  return encodeURIComponent(plain).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
