"""Build links that open a station in a map app, each in that app's datum.

web/src/navigation.ts does the same. No link contains the rider's own position: the app determines it,
so no other service receives it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from core.text_marks import N_
from geo.crs import from_wgs84
from geo.datum import Datum

if TYPE_CHECKING:
    from geo.station import Station


MAP_APPS: Mapping[str, str] = {
    "amap": N_("AMap"),
    "baidu": N_("Baidu"),
    "tencent": N_("Tencent"),
    "apple": N_("Apple Maps"),
    "geo": N_("another app"),
}
# What a browser says of the device on which alone an app's link works. Other apps have pages for every device.
_DEVICES = {"apple": ("iPhone", "iPad", "iPod"), "geo": ("Android",)}
_SOURCE = "yihui"
# Map apps split values at these characters, so a name gets the full-width form instead.
_SEPARATORS = str.maketrans(",;:|\r\n", "，；：｜  ")


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """The name, address and position that a link opens. *CRS*: lon, lat are WGS84."""

    name: str
    address: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class MapAppLink:
    """A link to one map app. ``app`` is a key of `MAP_APPS`."""

    app: str
    href: str


def map_app_links(station: "Station", travel: str | None) -> tuple[MapAppLink, ...]:
    """Return one link for each map app, or none if the station has no position.

    ``travel`` is walk, ebike or None (walk).
    """
    if station.lon is None or station.lat is None:
        return ()
    place = LinkTarget(station.name, station.address or station.district_name, station.lon, station.lat)
    ride = travel == "ebike"
    return (
        MapAppLink("amap", amap_url(place, ride=ride)),
        MapAppLink("baidu", baidu_url(place)),
        MapAppLink("tencent", tencent_url(place, ride=ride)),
        MapAppLink("apple", apple_url(place, ride=ride)),
        MapAppLink("geo", geo_uri(place)),
    )


def find_device_apps(user_agent: str) -> frozenset[str]:
    """Return the map apps whose links the reader's device opens, by what its browser says of it."""
    return frozenset(
        app for app in MAP_APPS if app not in _DEVICES or any(word in user_agent for word in _DEVICES[app])
    )


def amap_url(place: LinkTarget, *, ride: bool) -> str:
    """Return the AMap link for the route on foot or by bike from the phone. *CRS*: GCJ-02, longitude first.

    *Source*: https://lbs.amap.com/api/uri-api/guide/travel/route (``to``, ``mode``, ``src``,
    ``callnative``); ``coordinate`` as in …/guide/mobile-web/point, where ``gaode`` is the default.
    """
    lon, lat = _format_coordinates(place.lon, place.lat, Datum.GCJ02)
    mode = "ride" if ride else "walk"
    return (
        f"https://uri.amap.com/navigation?to={lon},{lat},{_value(place.name)}"
        f"&mode={mode}&coordinate=gaode&src={_SOURCE}&callnative=1"
    )


def baidu_url(place: LinkTarget) -> str:
    """Return the Baidu link for the place; Baidu's page offers the route. *CRS*: BD-09, latitude first.

    A route link would need the start in the address, so this function links to the place.

    *Source*: https://lbsyun.baidu.com/index.php?title=uri/api/web (``marker``; title and content are
    required, ``src`` is webapp.company.app).
    """
    lon, lat = _format_coordinates(place.lon, place.lat, Datum.BD09)
    return (
        f"https://api.map.baidu.com/marker?location={lat},{lon}&title={_value(place.name)}"
        f"&content={_value(place.address or place.name)}&output=html&coord_type=bd09ll&src=webapp.{_SOURCE}.{_SOURCE}"
    )


def tencent_url(place: LinkTarget, *, ride: bool) -> str:
    """Return the Tencent link: the route for walking, the place for riding. *CRS*: GCJ-02, latitude first.

    Tencent publishes no mode for bikes.

    *Source*: https://lbs.qq.com/webApi/uriV1/uriGuide/uriWebRoute and …/uriWebMarker (``coord_type`` 2 is
    Tencent's own, which is GCJ-02).
    """
    lon, lat = _format_coordinates(place.lon, place.lat, Datum.GCJ02)
    name, address = _value(place.name), _value(place.address or place.name)
    asked = (
        f"marker?marker=coord:{lat},{lon};title:{name};addr:{address}"
        if ride
        else f"routeplan?type=walk&to={name}&tocoord={lat},{lon}"
    )
    return f"https://apis.map.qq.com/uri/v1/{asked}&coord_type=2&referer={_SOURCE}"


def apple_url(place: LinkTarget, *, ride: bool) -> str:
    """Return the Apple Maps link: the route for walking, the place for riding. *CRS*: GCJ-02, latitude first.

    Older iPhones know no mode for bikes. The name is a label only beside ``ll``.

    *Source*: "Map Links" of Apple's URL Scheme Reference,
    https://developer.apple.com/library/archive/featuredarticles/iPhoneURLScheme_Reference/MapLinks/MapLinks.html
    (``daddr``, ``dirflg``, ``ll``, ``q``), which names no datum. Within China the app takes coordinates as GCJ-02,
    because its map there is AutoNavi's: https://github.com/dpa99c/phonegap-launch-navigator/issues/186.
    """
    lon, lat = _format_coordinates(place.lon, place.lat, Datum.GCJ02)
    return f"https://maps.apple.com/?{f'll={lat},{lon}&q={_value(place.name)}' if ride else f'daddr={lat},{lon}&dirflg=w'}"


def geo_uri(place: LinkTarget) -> str:
    """Return a geo: URI that any map app on the phone can open. *CRS*: WGS84, latitude first.

    *Source*: RFC 5870; ``q`` with a label in brackets is what Android's apps read.
    """
    at = ",".join(reversed(_format_coordinates(place.lon, place.lat, Datum.WGS84)))
    return f"geo:{at}?q={at}({_value(place.name)})"


# A page shows ten places in three datums, and the next rider's shows many of them again.
@lru_cache(maxsize=8_192)
def _format_coordinates(lon: float, lat: float, datum: Datum) -> Sequence[str]:
    """Format the longitude and latitude of a station in the given datum with six decimals (a decimetre)."""
    ((east, north),) = from_wgs84([(lon, lat)], datum).tolist()
    return f"{east:.6f}", f"{north:.6f}"


def _value(text: str) -> str:
    return quote(text.translate(_SEPARATORS), safe="")
