"""What the abstract tests of OGC API – Features ask, and what they look at."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.http.ogc.collections import COLLECTIONS
from yihui.http.ogc.request import MAX_ITEMS
from yihui.runtime.audiences import Audience

Get = Callable[..., httpx.Response]
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
DEFINITION = "application/vnd.oai.openapi+json;version=3.0"
GIS = ServingOptions(chosen=frozenset({Audience.GIS}))
EVERY = pytest.mark.parametrize("collection", sorted(COLLECTIONS))


def asking(wiring: Wiring) -> Get:
    """The layers' site over a register, as who asks for JSON sees it."""
    site = TestClient(create_app(wiring, GIS))

    def ask(address: str, /, accept: str = "application/json", **params: object) -> httpx.Response:
        path = address if address.startswith(("http", "/")) else f"/ogc/{address}"
        return site.get(path, params=params or None, headers={"Accept": accept, "Accept-Language": "zh"})

    return ask


def links(document: dict[str, Any], rel: str, kind: str = "") -> list[dict[str, str]]:
    return [one for one in document["links"] if one["rel"] == rel and one["type"].startswith(kind)]


def check_links(document: dict[str, Any]) -> None:
    """A link to itself, one to its other form, and of each what it is."""
    assert len(links(document, "self")) == 1
    assert links(document, "alternate", "text/html")
    assert all(one["rel"] and one["type"] and one["href"] for one in document["links"])


def features(get: Get, collection: str, **asked: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(f"collections/{collection}/items", limit=MAX_ITEMS, **asked).json()[
        "features"
    ]
    return found


def coordinates(nested: Any) -> Iterator[tuple[float, float]]:
    if isinstance(nested[0], int | float):
        yield nested[0], nested[1]
    else:
        for part in nested:
            yield from coordinates(part)
