"""Read typed text as a point: two coordinates, a geo: URI, or the link to a place copied from a map app.

*Source* of the links: AMap, https://lbs.amap.com/api/uri-api/guide/mobile-web/point and …/guide/travel/route
(``position`` and ``to``, longitude first, GCJ-02 unless ``coordinate=wgs84``); Baidu,
https://lbsyun.baidu.com/docs/webapi?title=mapadjustment%2Furi%2Fweb (``location`` and ``latlng:``, latitude first, BD-09
unless ``coord_type`` names another datum); Tencent, https://lbs.qq.com/webApi/uriV1/uriGuide/uriWebMarker (``coord:``,
latitude first, GCJ-02 unless ``coord_type=1``); Apple,
https://developer.apple.com/documentation/mapkit/unified-map-urls (``coordinate``, ``destination`` and ``center``) and for
older links https://developer.apple.com/library/archive/featuredarticles/iPhoneURLScheme_Reference/MapLinks/MapLinks.html
(``ll``, ``q`` and ``daddr``), latitude first. Apple's map of the mainland is AMap's, in
GCJ-02. A ``geo:`` URI has the latitude first, in WGS84, https://www.rfc-editor.org/rfc/rfc5870. What AMap's app shares (``p``, ``q`` and ``r``, latitude first), its pages (``to[lnglat]``, ``lnglat``, ``dest``) and
Tencent's page (``pointx``) is not documented. The metres of Baidu's page (``@x,y``, BD-09MC) aren't read.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from core.faults import Fault, FaultTable
from core.text_marks import N_
from geo.datum import Datum
from geo.formats.coordinates import (
    is_in_china,
    list_coordinate_rules,
    parse_station_point,
    split_coordinate_cell,
)

NO_COORDINATES = (
    N_(
        "No coordinates can be read from this link: it is a short one, names the place by a number, or gives the metres of Baidu's own map."
    ),
    N_(
        "Type the place's name or copy its coordinates; a short link can be opened, and the long address of its page copied."
    ),
)
_FAULTS = FaultTable("typed_points", {"no_coordinates": NO_COORDINATES})
_NUMBER = r"-?\d{1,3}(?:\.\d+)?"
_LON_LAT = rf"(?P<lon>{_NUMBER}),\s*(?P<lat>{_NUMBER})"
_LAT_LON = rf"(?P<lat>{_NUMBER}),\s*(?P<lon>{_NUMBER})"
_GEO_URI = re.compile(rf"(?<![a-z0-9])geo:(?:0,0\?q=)?{_LAT_LON}(?!\S*;crs=(?!wgs84))", re.IGNORECASE)
_DATUM_BY_HOST: Mapping[str, Datum] = {
    **dict.fromkeys(("amap.com", "gaode.com", "map.qq.com", "maps.apple.com", "maps.apple"), Datum.GCJ02),
    "map.baidu.com": Datum.BD09,
}
_LINK_CHARS = r"[^\s<>“”，。；）]+"
_LINK = re.compile(
    rf"(?P<whole>https?://{_LINK_CHARS})|(?:^|[^a-z0-9_.@/-])"  # without https://, as browsers show it
    rf"(?P<bare>(?:[a-z0-9-]+\.)*(?:{'|'.join(map(re.escape, _DATUM_BY_HOST))})[/?]{_LINK_CHARS})",
    re.IGNORECASE,
)
_WORD = "0-9A-Za-z㐀-鿿"
# What a map app writes beside a link that it shares: “【name】 …”, “name, address …”, “【app】name …” or “我的位置：name”; the
# first that fits.
_SHARED_NAMES = (
    re.compile(r"【(?!(?:高德|百度|腾讯)地图|我的位置)([^】]+)】"),
    re.compile(
        rf"^(?:【[^】]*】)?[^{_WORD}]*(?:我的位置[:：])?[^{_WORD}]*([{_WORD}](?:[^\n,，。【】：:]*[{_WORD}）)])?)"
    ),
)
_SHARED_AREA = re.compile(r"(?:(?![省市区县旗州盟])[㐀-鿿]){1,7}(?:市|区|县|旗)")
_DATUM_BY_VALUE: Mapping[str, Datum | None] = {
    **dict.fromkeys(("wgs84", "1"), Datum.WGS84),
    **dict.fromkeys(("gaode", "gcj02", "2"), Datum.GCJ02),
    **dict.fromkeys(("bd09ll", "bd09"), Datum.BD09),
    "bd09mc": None,  # metres of Baidu's own projection
}
# Host, parameter, and what stands in it; of several the first counts.
_FORMS: Sequence[tuple[str, str, str]] = (
    ("amap.com", "position", _LON_LAT),
    ("amap.com", "to", _LON_LAT),
    ("amap.com", "lnglat", _LON_LAT),
    ("amap.com", "lng,lat", _LON_LAT),
    ("amap.com", "p", rf"[^,]*,{_LAT_LON}"),
    ("amap.com", "q", _LAT_LON),
    ("amap.com", "r", rf"(?:[^,]*,){{3}}{_LAT_LON}"),  # the end of a route
    ("amap.com", "to[lnglat]", _LON_LAT),
    ("amap.com", "dest", _LON_LAT),
    ("map.baidu.com", "location", _LAT_LON),
    ("map.baidu.com", "latlng", _LAT_LON),
    ("map.baidu.com", "destination", rf"(?:.*latlng:)?{_LAT_LON}"),
    ("map.qq.com", "marker", rf".*?coord:{_LAT_LON}"),
    ("map.qq.com", "coord", _LAT_LON),
    ("map.qq.com", "tocoord", _LAT_LON),
    ("map.qq.com", "pointx,pointy", _LON_LAT),
    ("maps.apple.com", "coordinate", _LAT_LON),
    ("maps.apple.com", "destination", _LAT_LON),
    ("maps.apple.com", "ll", _LAT_LON),
    ("maps.apple.com", "daddr", _LAT_LON),
    ("maps.apple.com", "q", _LAT_LON),
    ("maps.apple.com", "center", _LAT_LON),
)
_PAIRS = (("lng", "lat"), ("pointx", "pointy"))
_AXIS_WORDS = (
    ("E", re.compile(r"(?:经度|經度|东经|東經|longitude|long|lng|lon)\s*[:=为]?\s*", re.IGNORECASE)),
    ("N", re.compile(r"(?:纬度|緯度|北纬|北緯|latitude|lat)\s*[:=为]?\s*", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class TypedPoint:
    """A point; ``datum`` is that of the link, or None for typed numbers, which are in the page's."""

    lon: float
    lat: float
    datum: Datum | None = None


def read_typed_point(text: str) -> TypedPoint | Fault | None:
    """Return the point that a text names, None if it names none, or the fault of a map's link without coordinates.

    Two numbers are longitude and latitude in the order in which they lie in China, or as words at them say.

    >>> read_typed_point("117.02，36.66"), read_typed_point("纬度36.66 经度117.02") == read_typed_point("36.66 117.02")
    (TypedPoint(lon=117.02, lat=36.66, datum=None), True)
    >>> read_typed_point("看这里 https://uri.amap.com/marker?position=117.02,36.66&name=x")
    TypedPoint(lon=117.02, lat=36.66, datum=<Datum.GCJ02: 'gcj02'>)
    """
    link = _LINK.search(text)
    if link is not None:
        return _read_link(link["whole"] or f"https://{link['bare']}")
    if (uri := _GEO_URI.search(text)) and is_in_china(lon := float(uri["lon"]), lat := float(uri["lat"])):
        return TypedPoint(lon, lat, Datum.WGS84)
    plain = unicodedata.normalize("NFKC", text).strip()
    for letter, words in _AXIS_WORDS:
        plain = words.sub(letter, plain)
    written = split_coordinate_cell(plain, "")
    if written is None or isinstance(written, Fault):
        return None
    point = parse_station_point(written)
    return TypedPoint(*point) if isinstance(point, tuple) else None


_MOST_SHARED = 5  # names of one text that are looked for, each by a search


def list_shared_places(text: str) -> list[str]:
    """Return what may name a place beside a link in a text that a map app shares, the likeliest first.

    That is the name, its first word where an address follows, and the areas of the address, the smallest first.

    >>> list_shared_places("【历下区供热服务站】 https://surl.amap.com/abc"), list_shared_places("https://surl.amap.com/abc")
    (['历下区供热服务站', '历下区'], [])
    >>> list_shared_places("【高德地图】泉城广场 济南市历下区泺源大街 https://surl.amap.com/abc")[1:]
    ['泉城广场', '历下区', '济南市']
    """
    rest = _LINK.sub(" ", text)
    found = next(filter(None, (named.search(rest) for named in _SHARED_NAMES)), None)
    name = found[1].strip() if found else ""
    named = [*filter(None, (name, *name.split()[:1])), *_SHARED_AREA.findall(rest)[::-1]]
    return list(dict.fromkeys(named))[:_MOST_SHARED]


def _read_link(link: str) -> TypedPoint | Fault | None:
    try:
        parts = urlsplit(link)
    except ValueError:  # http://[
        return None
    host = _known_host(parts.hostname or "")
    if host is None:
        return None
    given = dict(parse_qsl(parts.query))
    given |= {f"{x},{y}": f"{given[x]},{given[y]}" for x, y in _PAIRS if x in given and y in given}
    stated = (given.get(name, "").lower() for name in ("coordinate", "coord_type"))
    named = [_DATUM_BY_VALUE[value] for value in stated if value in _DATUM_BY_VALUE]
    for where, parameter, form in _FORMS:
        found = re.match(form, given.get(parameter, "")) if where == host else None
        if (
            found
            and None not in named
            and is_in_china(lon := float(found["lon"]), lat := float(found["lat"]))
        ):
            return TypedPoint(lon, lat, next(iter(named), _DATUM_BY_HOST[host]))
    return _FAULTS.build("no_coordinates", field="q")


def _known_host(name: str) -> str | None:
    return next((host for host in _DATUM_BY_HOST if name == host or name.endswith(f".{host}")), None)


def list_point_rules() -> Mapping[str, object]:
    """Return all by which `read_typed_point` reads, as plain data: a phone reads by it without a network."""
    return {
        "link": _LINK.pattern,
        "geo": _GEO_URI.pattern,
        "hosts": _DATUM_BY_HOST,
        "datums": _DATUM_BY_VALUE,
        "forms": _FORMS,
        "pairs": _PAIRS,
        "axes": [(letter, words.pattern) for letter, words in _AXIS_WORDS],
        "fault": NO_COORDINATES,
        "shared_names": [named.pattern for named in _SHARED_NAMES],
        "shared_area": _SHARED_AREA.pattern,
        "coordinates": list_coordinate_rules(),
    }
