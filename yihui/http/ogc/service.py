"""pygeoapi's API over our collections: one for each address by which the site is reached."""

import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from yihui.http.ogc.collections import COLLECTIONS, Collection
from yihui.http.ogc.layer import Box
from yihui.http.ogc.layer_cache import Shelf
from yihui.http.ogc.request import CRSS, ITEMS, MOST_ITEMS
from yihui.http.ogc.source import Source
from yihui.http.snapshot import Version
from yihui.runtime.language import LANGUAGES, language

if TYPE_CHECKING:
    from pygeoapi.api import API

N_ = str  # marks a text for the message catalogue

_MOST_ADDRESSES = 8  # 127.0.0.1, localhost, [::1], each with a version of the register or two
TITLE = N_("Yihui: stations, coverage and gaps")
ABOUT = N_(
    "The register's places, how well each county is served and where there are gaps, live for GIS (OGC API – "
    "Features). Publishing a map made of it needs a map-review number (审图号)."
)
_KEYWORDS = (N_("stations"), N_("coverage"), N_("gaps"))


@dataclass(frozen=True, slots=True)
class Plain:
    """A request as pygeoapi looks at it."""

    query_params: Mapping[str, str]
    headers: Mapping[str, str]
    scope: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """pygeoapi's answer. ``text`` is JSON."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(slots=True)
class Service:
    """Answers for the shelf's collections. *Raises*: ImportError on import of its module without the extra."""

    shelf: Shelf
    _apis: "OrderedDict[tuple[str, Version], API]" = field(default_factory=OrderedDict)
    _making: Lock = field(default_factory=Lock)

    def api(self, address: str) -> "API":
        """The API for links that begin with an address; the extent is that of the register as it is now."""
        version, extent = self.shelf.extent()
        with self._making:
            key = (address, version)
            if key not in self._apis:
                self._apis[key] = self._made(address, extent)
            self._apis.move_to_end(key)
            while len(self._apis) > _MOST_ADDRESSES:
                self._apis.popitem(last=False)
            return self._apis[key]

    def _made(self, address: str, extent: Box) -> "API":
        from pygeoapi.api import API  # here, since importing it opens files

        settings = self._settings(address, extent)
        with _without_its_log():
            return API(settings, {})  # the definition is ours: see `definition`

    def _settings(self, address: str, extent: Box) -> dict[str, object]:
        """What pygeoapi reads from a file elsewhere."""
        ours = {"name": "驿惠 Yihui", "url": address}
        return {
            "server": {
                "url": address,
                "mimetype": "application/json; charset=UTF-8",
                "encoding": "utf-8",
                "languages": [*LANGUAGES],
                "limits": {"default_items": ITEMS, "max_items": MOST_ITEMS, "on_exceed": "throttle"},
                "map": {"url": "", "attribution": ""},
            },
            "logging": {"level": "CRITICAL"},
            "metadata": {
                "identification": {
                    "title": _translated(TITLE),
                    "description": _translated(ABOUT),
                    "keywords": {code: [language(code).text(one) for one in _KEYWORDS] for code in LANGUAGES},
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
        source = Source(collection, partial(self.shelf.layer, collection.id), self.shelf.site.wiring.now)
        return {
            "type": "collection",
            "title": _translated(collection.title),
            "description": _translated(collection.description),
            "keywords": {code: [collection.id] for code in LANGUAGES},
            "links": [],
            "extents": {
                "spatial": {"bbox": [*extent], "crs": CRSS[0]},
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
                    "crs": [*CRSS],
                    "storage_crs": CRSS[0],
                }
            ],
        }

    # What is asked ------------------------------------------------------------------------------------------

    def landing(self, address: str, asked: Plain) -> Reply:
        from pygeoapi import api

        return self._answer(address, asked, api.landing_page)

    def collections(self, address: str, asked: Plain, collection: str | None = None) -> Reply:
        from pygeoapi import api

        return self._answer(address, asked, api.describe_collections, collection)

    def schema(self, address: str, asked: Plain, collection: str) -> Reply:
        from pygeoapi import api

        return self._answer(address, asked, api.get_collection_schema, collection)

    def queryables(self, address: str, asked: Plain, collection: str) -> Reply:
        from pygeoapi.api import itemtypes

        return self._answer(address, asked, itemtypes.get_collection_queryables, collection)

    def items(self, address: str, asked: Plain, collection: str) -> Reply:
        from pygeoapi.api import itemtypes

        return self._answer(address, asked, itemtypes.get_collection_items, collection)

    def item(self, address: str, asked: Plain, collection: str, id: str) -> Reply:
        from pygeoapi.api import itemtypes

        return self._answer(address, asked, itemtypes.get_collection_item, collection, id)

    def _answer(self, address: str, asked: Plain, function: object, *more: object) -> Reply:
        from pygeoapi.api import APIRequest

        assert callable(function)
        api = self.api(address)
        headers, status, text = function(api, APIRequest(asked, api.locales), *more)
        return Reply(int(status), {str(name): str(value) for name, value in headers.items()}, str(text))


def _translated(template: str) -> dict[str, str]:
    return {code: language(code).text(template) for code in LANGUAGES}


@contextmanager
def _without_its_log() -> Iterator[None]:
    """pygeoapi would put a handler on the root logger, and write what is asked to standard output."""
    logging.getLogger("pygeoapi").setLevel(logging.CRITICAL + 1)  # what goes wrong is told by the answer
    root, nobody = logging.getLogger(), logging.NullHandler()
    root.addHandler(nobody)  # then basicConfig does nothing
    try:
        yield
    finally:
        root.removeHandler(nobody)
