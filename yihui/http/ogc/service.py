"""pygeoapi's API over our collections: one instance for each address under which clients reach the site."""

import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from core.text_marks import N_
from yihui.http.ogc.collections import COLLECTIONS, Collection
from yihui.http.ogc.layer import Box, LayerSource
from yihui.http.ogc.layer_cache import LayerCache
from yihui.http.ogc.request import DEFAULT_ITEMS, MAX_ITEMS, SUPPORTED_CRS
from yihui.runtime.language import LANGUAGES, Language, load_language
from yihui.services.stations.snapshot import SnapshotVersion

if TYPE_CHECKING:
    from pygeoapi.api import API


_MOST_ADDRESSES = 8  # 127.0.0.1, localhost and [::1], each with one or two versions of the register
SERVICE_TITLE = N_("Yihui: stations, coverage and gaps")
SERVICE_DESCRIPTION = N_(
    "The register's places, how well each county is served and where there are gaps, live for GIS (OGC API – "
    "Features). Publishing a map made of it needs a map-review number (审图号)."
)
_KEYWORDS = (N_("stations"), N_("coverage"), N_("gaps"))


@dataclass(frozen=True, slots=True)
class PygeoapiRequest:
    """A request in the form that pygeoapi reads."""

    query_params: Mapping[str, str]
    headers: Mapping[str, str]
    scope: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OgcRequest:
    """A request whose parameters are valid. ``path_parts`` are the collection and the feature it names."""

    address: str
    plain: PygeoapiRequest
    language: Language
    path_parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PygeoapiReply:
    """pygeoapi's response. ``text`` is JSON."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(slots=True)
class OgcService:
    """Answers requests for the cache's collections through pygeoapi.

    The methods import pygeoapi. *Raises*: ImportError if the extra ``ogc`` is not installed.
    """

    shelf: LayerCache
    _apis: "OrderedDict[tuple[str, SnapshotVersion], API]" = field(default_factory=OrderedDict)
    _making: Lock = field(default_factory=Lock)

    def api(self, address: str) -> "API":
        """Return the API whose links begin with an address; its extent is that of the current register."""
        version, extent = self.shelf.extent()
        with self._making:
            key = (address, version)
            if key not in self._apis:
                self._apis[key] = self._build_api(address, extent)
            self._apis.move_to_end(key)
            while len(self._apis) > _MOST_ADDRESSES:
                self._apis.popitem(last=False)
            return self._apis[key]

    def _build_api(self, address: str, extent: Box) -> "API":
        from pygeoapi.api import API  # imported here, since the import opens files

        settings = self._settings(address, extent)
        with _silenced_pygeoapi_log():
            return API(settings, {})  # our own definition replaces pygeoapi's: see `definition`

    def _settings(self, address: str, extent: Box) -> dict[str, object]:
        """Return the settings that pygeoapi otherwise reads from a file."""
        ours = {"name": "驿惠 Yihui", "url": address}
        return {
            "server": {
                "url": address,
                "mimetype": "application/json; charset=UTF-8",
                "encoding": "utf-8",
                "languages": [*LANGUAGES],
                "limits": {"default_items": DEFAULT_ITEMS, "max_items": MAX_ITEMS, "on_exceed": "throttle"},
                "map": {"url": "", "attribution": ""},
            },
            "logging": {"level": "CRITICAL"},
            "metadata": {
                "identification": {
                    "title": _translated(SERVICE_TITLE),
                    "description": _translated(SERVICE_DESCRIPTION),
                    "keywords": {
                        code: [load_language(code).translate(one) for one in _KEYWORDS] for code in LANGUAGES
                    },
                    "terms_of_service": address,
                    "url": address,
                },
                "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
                "provider": ours,
                "contact": ours,
            },
            "resources": {each.id: self._resource(each, extent) for each in COLLECTIONS.values()},
        }

    def _resource(self, collection: Collection, extent: Box) -> dict[str, object]:
        source = LayerSource(collection, partial(self.shelf.layer, collection.id), self.shelf.site.wiring.now)
        return {
            "type": "collection",
            "title": _translated(collection.title),
            "description": _translated(collection.description),
            "keywords": {code: [collection.id] for code in LANGUAGES},
            "links": [],
            "extents": {
                "spatial": {"bbox": [*extent], "crs": SUPPORTED_CRS[0]},
                "temporal": {"begin": None, "end": None},
            },
            "providers": [
                {
                    "type": "feature",
                    "name": "yihui.http.ogc.provider.LayerProvider",
                    "data": source,
                    "id_field": "id",
                    "title_field": collection.title_field,
                    "time_field": "at",
                    "crs": [*SUPPORTED_CRS],
                    "storage_crs": SUPPORTED_CRS[0],
                }
            ],
        }

    def call(self, name: str, asking: OgcRequest) -> PygeoapiReply:
        """Call a function of pygeoapi's API by its name, for the collection and feature of the request."""
        from pygeoapi import api as functions
        from pygeoapi.api import APIRequest, itemtypes

        function = getattr(itemtypes if hasattr(itemtypes, name) else functions, name)
        api = self.api(asking.address)
        headers, status, text = function(api, APIRequest(asking.plain, api.locales), *asking.path_parts)
        return PygeoapiReply(
            int(status), {str(name): str(value) for name, value in headers.items()}, str(text)
        )


def _translated(template: str) -> dict[str, str]:
    return {code: load_language(code).translate(template) for code in LANGUAGES}


@contextmanager
def _silenced_pygeoapi_log() -> Iterator[None]:
    """Keep pygeoapi from adding a handler to the root logger and writing requests to standard output."""
    logging.getLogger("pygeoapi").setLevel(logging.CRITICAL + 1)  # the response reports errors
    root, nobody = logging.getLogger(), logging.NullHandler()
    root.addHandler(nobody)  # with a handler present, basicConfig does nothing
    try:
        yield
    finally:
        root.removeHandler(nobody)
