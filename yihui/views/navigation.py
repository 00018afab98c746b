"""Links that open a place in a map app, each in the datum of that app. web/src/navigation.ts does the same.

Where the rider is stands in none of them: the app knows that by itself, and nobody else need be told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from geo.crs import Datum, from_wgs84

if TYPE_CHECKING:
    from geo.station import Station

N_ = str  # marks a text for the message catalogue

APPS: Mapping[str, str] = {
    "amap": N_("AMap"),
    "baidu": N_("Baidu"),
    "tencent": N_("Tencent"),
    "geo": N_("another app"),
}

_SOURCE = "yihui"
# What separates the parts of a value in one of these addresses becomes its full-width twin in a name.
_SEPARATORS = str.maketrans(",;:|\r\n", "，；：｜  ")


@dataclass(frozen=True, slots=True)
class Place:
    """What a link must tell. *CRS*: lon, lat are WGS84."""

    name: str
    address: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Link:
    """``app`` is a code of `APPS`."""

    app: str
    href: str


def links(station: "Station", travel: str | None) -> tuple[Link, ...]:
    """One link for each app; none where the station is not placed. ``travel`` is walk, ebike or None (walk)."""
    if station.lon is None or station.lat is None:
        return ()
    place = Place(station.name, station.address or station.district_name, station.lon, station.lat)
    ride = travel == "ebike"
    return (
        Link("amap", amap(place, ride=ride)),
        Link("baidu", baidu(place)),
        Link("tencent", tencent(place, ride=ride)),
        Link("geo", geo_uri(place)),
    )


def amap(place: Place, *, ride: bool) -> str:
    """The way there, on foot or by bike, from where the phone is. *CRS*: GCJ-02, longitude first.

    *Source*: https://lbs.amap.com/api/uri-api/guide/travel/route (``to``, ``mode``, ``src``, ``callnative``);
    ``coordinate`` as in …/guide/mobile-web/point, where ``gaode`` is the default.
    """
    lon, lat = _written(place, Datum.GCJ02)
    mode = "ride" if ride else "walk"
    return (
        f"https://uri.amap.com/navigation?to={lon},{lat},{_value(place.name)}"
        f"&mode={mode}&coordinate=gaode&src={_SOURCE}&callnative=1"
    )


def baidu(place: Place) -> str:
    """The place, whose sheet leads there: for a way, Baidu wants the start in the address. *CRS*: BD-09, latitude first.

    *Source*: https://lbsyun.baidu.com/index.php?title=uri/api/web (``marker``; title and content must be
    there, ``src`` is webapp.company.app).
    """
    lon, lat = _written(place, Datum.BD09)
    return (
        f"https://api.map.baidu.com/marker?location={lat},{lon}&title={_value(place.name)}"
        f"&content={_value(place.address or place.name)}&output=html&coord_type=bd09ll&src=webapp.{_SOURCE}.{_SOURCE}"
    )


def tencent(place: Place, *, ride: bool) -> str:
    """The way there on foot; the place, where one rides: no mode for bikes is published. *CRS*: GCJ-02, latitude first.

    *Source*: https://lbs.qq.com/webApi/uriV1/uriGuide/uriWebRoute and …/uriWebMarker (``coord_type`` 2 is
    Tencent's own, which is GCJ-02).
    """
    lon, lat = _written(place, Datum.GCJ02)
    name, address = _value(place.name), _value(place.address or place.name)
    asked = (
        f"marker?marker=coord:{lat},{lon};title:{name};addr:{address}"
        if ride
        else f"routeplan?type=walk&to={name}&tocoord={lat},{lon}"
    )
    return f"https://apis.map.qq.com/uri/v1/{asked}&coord_type=2&referer={_SOURCE}"


def geo_uri(place: Place) -> str:
    """The place for whatever app the phone has. *CRS*: WGS84, latitude first.

    *Source*: RFC 5870; ``q`` with a label in brackets is what Android's apps read.
    """
    at = ",".join(reversed(_written(place, Datum.WGS84)))
    return f"geo:{at}?q={at}({_value(place.name)})"


def _written(place: Place, datum: Datum) -> Sequence[str]:
    """Longitude and latitude as a datum has them, to the decimetre."""
    ((lon, lat),) = from_wgs84([(place.lon, place.lat)], datum).tolist()
    return f"{lon:.6f}", f"{lat:.6f}"


def _value(text: str) -> str:
    return quote(text.translate(_SEPARATORS), safe="")
