"""What lies under a map: an online base map, from the hosts that the user named, or streets inside of the page."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.text_marks import N_
from geo.datum import Datum

TileKey = tuple[int, int, int]  # zoom, column from the west, row from the north
_RANGE = re.compile(r"\{([a-z0-9])-([a-z0-9])\}")  # {1-4}, {a-c}: a range of subdomains
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?")
_KEY = re.compile(r"[0-9A-Za-z]{8,64}")
_DATUMS = {"wgs84": Datum.WGS84, "gcj02": Datum.GCJ02}
_TIANDITU = (
    "https://t{{0-7}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)


@dataclass(frozen=True, slots=True)
class BaseMapTiles:
    """Tile layers of one base map, the bottom one first, and the datum in which it is drawn.

    *Shape*: templates with ``{z}``, ``{x}``, ``{y}`` and at most one range such as ``{1-4}`` in the host.
    *Raises*: ValueError with a message for the user if a template can't be used.
    """

    templates: tuple[str, ...] = ()
    datum: Datum = Datum.WGS84

    def __post_init__(self) -> None:
        for template in self.templates:
            _check(template)

    @classmethod
    def parse(cls, text: str) -> "BaseMapTiles":
        """Parse ``tianditu:KEY``, ``gcj02:URL`` or ``wgs84:URL``. *Raises*: ValueError for any other text."""
        kind, _, rest = text.partition(":")
        if kind == "tianditu":
            if not _KEY.fullmatch(rest):
                raise ValueError(
                    N_("after “tianditu:” write the key that Tianditu gave you: letters and digits")
                )
            return cls(tuple(_TIANDITU.format(layer=layer, key=rest) for layer in ("vec", "cva")))
        if kind not in _DATUMS:
            raise ValueError(N_("write tianditu:KEY, gcj02:URL or wgs84:URL"))
        return cls((rest,), _DATUMS[kind])

    @property
    def hosts(self) -> tuple[str, ...]:
        """Scheme and host of every server that the page may contact, for its Content-Security-Policy."""
        found: dict[str, None] = {}
        for template in self.templates:
            for letter in subdomains(template) or ("",):
                address = urlsplit(_RANGE.sub(letter, template, count=1))
                found[f"{address.scheme}://{address.netloc}"] = None
        return tuple(found)


NO_TILES = BaseMapTiles()


def subdomains(template: str) -> str:
    """Return the characters of a template's range: 1234 for {1-4}; an empty string if it has no range."""
    found = _RANGE.search(template)
    return "".join(chr(code) for code in range(ord(found[1]), ord(found[2]) + 1)) if found else ""


def leaflet_template(template: str) -> str:
    """Return the template with its range replaced by Leaflet's ``{s}``."""
    return _RANGE.sub("{s}", template, count=1)


def _check(template: str) -> None:
    address = urlsplit(_RANGE.sub("a", template, count=1))
    if address.scheme not in ("http", "https") or not _HOST.fullmatch(address.netloc):
        raise ValueError(
            N_("a tile address begins with https:// and a host, such as https://tiles.example.org/")
        )
    named = set(re.findall(r"\{([^{}]*)\}", _RANGE.sub("", template, count=1)))
    if not {"x", "y", "z"} <= named:
        raise ValueError(N_("a tile address names x, y and z, each in braces"))
    if named - {"x", "y", "z"} or (_RANGE.search(template) and not subdomains(template)):
        raise ValueError(N_("beside x, y and z only a range of hosts stands in braces, such as 1-4 or a-c"))


@dataclass(frozen=True, slots=True)
class StreetTiles:
    """The vector tiles of an area from one zoom to another (Mapbox Vector Tile 2.1, gzip), and whose they are.

    *CRS*: EPSG:3857 over WGS84. *Raises*: ValueError for a tile of another zoom.
    """

    zooms: tuple[int, int]
    tiles: Mapping[TileKey, bytes]
    attribution: str

    def __post_init__(self) -> None:
        low, high = self.zooms
        for key in self.tiles:
            if not low <= key[0] <= high:
                raise ValueError(f"tile {key} is outside of the zooms {low}..{high}")

    @property
    def size_bytes(self) -> int:
        """The size of all tiles, compressed."""
        return sum(map(len, self.tiles.values()))


def street_data(streets: StreetTiles) -> dict[str, object]:
    """Return the tiles as the page reads them: column, row and content in base64, by zoom."""
    low, high = streets.zooms
    tiles: dict[str, list[list[int | str]]] = {}
    for (z, x, y), content in sorted(streets.tiles.items()):
        tiles.setdefault(str(z), []).append([x, y, b64encode(content).decode()])
    return {"min_zoom": low, "max_zoom": high, "tiles": tiles}
