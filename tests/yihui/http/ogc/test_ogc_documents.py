"""The abstract test suite of OGC API – Features, Part 1 (17-069r4, Annex A), over HTTP: landing page, classes, collections.

Each test names the abstract tests that it carries out.
"""

import pytest

from tests.yihui.http.ogc.asking import (
    CRS84,
    EVERY,
    Get,
    check_links,
    coordinates,
    features,
    links,
)
from yihui.http.ogc.collections import COLLECTIONS

pytestmark = pytest.mark.endure


def test_every_link_of_every_document_leads_somewhere(get: Get) -> None:
    """/conf/core/api-definition-op, conformance-op; no link to what pygeoapi could serve and we don't."""
    documents = ["/ogc", "collections", *(f"collections/{one}" for one in COLLECTIONS)]
    documents += [f"collections/{one}/items" for one in COLLECTIONS]
    for address in documents:
        for link in (
            get(address, limit=2).json()["links"] if "items" in address else get(address).json()["links"]
        ):
            followed = get(link["href"], accept=link["type"])
            assert (followed.status_code, link["href"]) == (200, link["href"])
            kinds = followed.headers["content-type"].split("; charset")[0]
            assert kinds == link["type"] or link["rel"] in ("conformance", "data", "about")


def test_every_collection_is_described_with_links_to_its_features_in_every_form(get: Get) -> None:
    """/conf/core/fc-md-op, fc-md-success, fc-md-links, fc-md-items, fc-md-items-links."""
    document = get("collections").json()
    check_links(document)
    assert [one["id"] for one in document["collections"]] == [*COLLECTIONS]
    for one in document["collections"]:
        assert links(one, "items", "application/geo+json")
        assert links(one, "items", "text/html")
        assert one["title"]
        assert one["description"]
        assert one["itemType"] == "feature"
        assert one["crs"][0] == CRS84


@EVERY
def test_a_collection_says_the_same_by_itself(get: Get, collection: str) -> None:
    """/conf/core/sfc-md-op, sfc-md-success."""
    alone = get(f"collections/{collection}").json()
    among = next(one for one in get("collections").json()["collections"] if one["id"] == collection)
    for name in ("id", "title", "description", "extent", "itemType", "crs", "storageCrs"):
        assert alone[name] == among[name]
    assert {link["href"] for link in among["links"]} <= {link["href"] for link in alone["links"]}


@EVERY
def test_the_extent_holds_every_feature(get: Get, collection: str) -> None:
    """/conf/core/fc-md-extent."""
    extent = get(f"collections/{collection}").json()["extent"]
    (west, south, east, north), *others = extent["spatial"]["bbox"]
    assert not others
    points = [at for one in features(get, collection) for at in coordinates(one["geometry"]["coordinates"])]
    assert west <= min(lon for lon, _ in points) <= max(lon for lon, _ in points) <= east
    assert south <= min(lat for _, lat in points) <= max(lat for _, lat in points) <= north
    assert extent["temporal"]["interval"] == [["1992-01-01T00:00:00+08:00", "2100-12-31T23:59:59+08:00"]]
