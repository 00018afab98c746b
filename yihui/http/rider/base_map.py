"""/map: the riders' base map, served from this site: outlines, and streets or the operator's own pictures."""

import gzip
import json
import logging
from functools import lru_cache
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from typing_extensions import TypedDict

from core.text_marks import N_
from store import StoreError
from yihui.http.representations import CACHE_PUBLIC, JSON, conditional_response
from yihui.http.site import Site
from yihui.runtime.language import Language
from yihui.services.streets.current import STREET_MAP_ATTRIBUTION

if TYPE_CHECKING:
    from maps.outline_tiles import OutlineTiles
    from yihui.files.street_map.reading import StreetMap


_FORM = "1"  # format version of outline tiles; a new one invalidates browsers' caches
# Percentiles of the stations' coordinates, so that a misplaced station does not widen the map
_MOST = (2, 98)
_CACHED_TILES = 1024  # outline tiles in the cache, a few kilobytes each
_FOR_EVER = "public, max-age=31536000, immutable"
_VECTOR_TILE = "application/vnd.mapbox-vector-tile"
_LOG = logging.getLogger(__name__)


class TileLayer(TypedDict):
    """The URL template of a layer's tiles, and its zooms."""

    template: str
    min_zoom: int
    max_zoom: int


class BaseMap(TypedDict):
    """The layers of the base map.

    ``credit`` and ``sources`` are sentences to be shown as text; the page always shows ``credit``, as the
    licence of streets and pictures asks, and ``sources`` on request. ``box`` is west, south, east, north of most stations: the
    map's first view before any query.
    """

    outlines: TileLayer | None
    streets: TileLayer | None  # vector tiles; none where the operator's own pictures are drawn
    tiles: TileLayer | None
    credit: str
    sources: list[str]
    box: list[float] | None


class OutlineTileCache:
    """The outline tiles. The outlines are read at the first request for one."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._making = Lock()
        self._made: tuple[str, OutlineTiles] | None = None
        self.tile = lru_cache(maxsize=_CACHED_TILES)(self._tile)

    @property
    def version(self) -> str:
        """A hash of the outlines. *Raises*: OSError if they are not cached and the cache can't be written."""
        return self._tiles()[0]

    def _tiles(self) -> "tuple[str, OutlineTiles]":
        with self._making:
            if self._made is None:
                self._made = self._read()
            return self._made

    def _read(self) -> "tuple[str, OutlineTiles]":
        from geo.districts import DistrictLevel
        from geo.formats import OUTLINES_FILE
        from geo.formats.outlines import read_outlines
        from maps.outline_tiles import OutlineTiles

        tiles = OutlineTiles(*(read_outlines(level=level) for level in DistrictLevel))
        return sha256(_FORM.encode() + OUTLINES_FILE.read_bytes()).hexdigest()[:12], tiles

    def _tile(self, z: int, x: int, y: int) -> bytes:
        """Return one tile as JSON.

        *Raises*: ValueError if there is no such tile, OSError if there are no outlines.
        """
        return _compact(self._tiles()[1].tile(z, x, y))


def router(site: Site) -> APIRouter:
    made, outlines = APIRouter(prefix="/map", include_in_schema=False), OutlineTileCache(site)

    @made.get("/base.json")
    def base(request: Request) -> Response:
        """Return the layers of the base map, with their texts in the reader's language."""
        content = _compact(_base(site, outlines, site.language(request)))
        return conditional_response(request, content)

    @made.get("/outlines/{version}/{z}/{x}/{y}.json")
    def outline_tile(request: Request, version: str, z: int, x: int, y: int) -> Response:
        try:
            content, current = outlines.tile(z, x, y), outlines.version
        except (ValueError, OSError) as error:
            raise HTTPException(404) from error
        return _tile_response(request, content, JSON, version == current)

    @made.get("/tiles/{z}/{x}/{y}")
    def picture(request: Request, z: int, x: int, y: int, v: str = "") -> Response:
        pictures = site.wiring.raster_tiles
        content = pictures and pictures.tile(z, x, y)
        if not pictures or not content:
            raise HTTPException(404)
        return _tile_response(request, content, pictures.media_type, v == pictures.version)

    @made.get("/streets/{version}/{z}/{x}/{y}.mvt")
    def street_tile(request: Request, version: str, z: int, x: int, y: int) -> Response:
        drawn = _street_map(site)
        if drawn is None or not drawn.zooms[0] <= z <= drawn.zooms[1]:
            raise HTTPException(404)
        cache = _FOR_EVER if version == drawn.version else CACHE_PUBLIC
        content = drawn.tile(z, x, y)
        if content is None:
            return Response(None, 204, {"Cache-Control": cache})
        return _vector_response(request, content, cache)

    return made


def _base(site: Site, outlines: OutlineTileCache, language: Language) -> BaseMap:
    pictures = site.wiring.raster_tiles
    layer: TileLayer | None = None
    if pictures:
        layer = {
            "template": f"/map/tiles/{{z}}/{{x}}/{{y}}?v={pictures.version}",
            "min_zoom": pictures.zooms[0],
            "max_zoom": pictures.zooms[1],
        }
    drawn = _outline_layer(outlines)
    streets = None if pictures else _street_layer(site)
    credit = (
        pictures.attribution if pictures else language.translate(STREET_MAP_ATTRIBUTION) if streets else ""
    )
    sources = _sources(language) if drawn else []
    return {
        "outlines": drawn, "streets": streets, "tiles": layer, "credit": credit, "sources": sources, "box": _box(site)
    }  # fmt: skip


def _street_map(site: Site) -> "StreetMap | None":
    maps = site.wiring.street_maps
    return None if maps is None else maps.current()


def _street_layer(site: Site) -> TileLayer | None:
    """Return the streets' layer; None if no map was built."""
    drawn = _street_map(site)
    if drawn is None:
        return None
    template = f"/map/streets/{drawn.version}/{{z}}/{{x}}/{{y}}.mvt"
    return {"template": template, "min_zoom": drawn.zooms[0], "max_zoom": drawn.zooms[1]}


def _box(site: Site) -> list[float] | None:
    """Return the map's first view; None if no station is placed or the register can't be read."""
    import numpy as np

    try:
        points = site.snapshots.current().index.points
    except StoreError:
        return None
    if not len(points):
        return None
    (west, south), (east, north) = np.percentile(points, _MOST, axis=0).round(3).tolist()
    return [west, south, east, north]


def _outline_layer(outlines: OutlineTileCache) -> TileLayer | None:
    """Return the outlines' layer; None if they can't be read, so that the map shows stations without them."""
    from maps.outline_tiles import OUTLINE_MAX_ZOOM, OUTLINE_MIN_ZOOM

    try:
        version = outlines.version
    except OSError as error:
        _LOG.warning("no outlines for the map: %s", type(error).__name__)
        return None
    template = f"/map/outlines/{version}/{{z}}/{{x}}/{{y}}.json"
    return {"template": template, "min_zoom": OUTLINE_MIN_ZOOM, "max_zoom": OUTLINE_MAX_ZOOM}


def _sources(language: Language) -> list[str]:
    """Return what the licence asks for; that publishing a map needs a review is the operator's to know (docs/gis.md)."""
    from geo.formats.outlines import OUTLINES_SOURCE

    return [language.render(N_("Outlines: {source}"), source=language.translate(OUTLINES_SOURCE))]


def _compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _vector_response(request: Request, content: bytes, cache: str) -> Response:
    """Return a tile as it is stored, compressed; unpacked for a client that does not accept that."""
    is_packed = "gzip" in request.headers.get("accept-encoding", "")
    body = content if is_packed else gzip.decompress(content)
    answer = conditional_response(request, body, _VECTOR_TILE, cache)
    answer.headers["vary"] = "Accept-Encoding"
    if is_packed and answer.status_code == 200:
        answer.headers["content-encoding"] = "gzip"
    return answer


def _tile_response(request: Request, content: bytes, media_type: str, is_current: bool) -> Response:
    """Return a tile; browsers may cache it forever if its URL names the current version."""
    answer = conditional_response(request, content, media_type, _FOR_EVER if is_current else CACHE_PUBLIC)
    del answer.headers["vary"]  # a tile does not depend on the language
    return answer
