"""OGC API – Features, Part 3 (19-079r2): filters over HTTP against the features themselves, and their refusals."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.yihui.http.ogc.asking import EVERY, Get, features, links
from yihui.http.ogc.collections import COLLECTIONS

pytestmark = pytest.mark.endure

ITEMS = "collections/stations/items"


@EVERY
def test_every_collection_takes_a_filter_by_place(get: Get, collection: str) -> None:
    """/conf/basic-spatial-functions/…: a box of the filter is the box of ``bbox``."""
    box = "117.0,36.6,117.1,36.7"
    boxed = [one["id"] for one in features(get, collection, bbox=box)]
    assert boxed
    assert [
        one["id"] for one in features(get, collection, filter=f"S_INTERSECTS(geometry, BBOX({box}))")
    ] == boxed
    latitude_first = {"filter-crs": "http://www.opengis.net/def/crs/EPSG/0/4326"}
    turned = "S_INTERSECTS(geometry, BBOX(36.6,117.0,36.7,117.1))"
    assert [one["id"] for one in features(get, collection, filter=turned, **latitude_first)] == boxed


def test_a_filter_goes_with_the_other_parameters_and_from_page_to_page(get: Get) -> None:
    asked = {"filter": "district = '370102' AND state <> 'x'", "filter-lang": "cql2-text", "sortby": "-name"}
    every = features(get, "stations", **asked)
    assert len(every) > 2
    seen, page = [], get(ITEMS, limit=1, **asked)
    while True:
        document = page.json()
        assert document["numberMatched"] == len(every)
        seen += [one["id"] for one in document["features"]]
        query = parse_qs(urlsplit(links(document, "self")[0]["href"]).query)
        assert query["filter"] == [asked["filter"]]
        assert "q" not in query
        following = links(document, "next")
        if not following:
            break
        page = get(following[0]["href"])
    assert seen == [one["id"] for one in every]


@EVERY
@pytest.mark.parametrize(
    ("text", "part"),
    [("nmae = 'a'", "nmae"), ("name = ", "="), ("at = 3", "at")],
)
def test_a_filter_that_is_not_understood_is_refused(get: Get, collection: str, text: str, part: str) -> None:
    """/conf/filter/…: 400, naming the part."""
    refused = get(f"collections/{collection}/items", filter=text)
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    (fault,) = refused.json()["errors"]
    assert fault["field"] == "filter"
    assert fault["remedy"]
    assert part in fault["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("filter-lang", "cql-text"), ("filter-lang", "cql2-json"), ("filter-crs", "EPSG:4326")],
)
def test_another_language_or_crs_of_a_filter_is_refused(get: Get, name: str, value: str) -> None:
    refused = get(ITEMS, filter="true", **{name: value})
    assert refused.status_code == 400
    assert [one["field"] for one in refused.json()["errors"]] == [name]
    assert get(ITEMS, q="true").status_code == 400, "the inner name is none of ours"


@EVERY
def test_the_queryables_are_what_a_filter_may_name(get: Get, collection: str) -> None:
    """/conf/queryables/…: linked, a schema, and complete."""
    told = get(f"collections/{collection}").json()
    (link,) = {
        one["href"] for one in told["links"]
        if one["rel"].endswith("/rel/ogc/1.0/queryables") and "json" in one["type"]
    }  # fmt: skip
    schema = get(link)
    assert schema.headers["content-type"].startswith("application/schema+json")
    document = schema.json()
    assert document["$schema"].startswith("http://json-schema.org/draft/2019-09/schema")
    assert document["$id"].endswith(f"collections/{collection}/queryables")
    assert document["type"] == "object"
    assert document["additionalProperties"] is False
    assert {*document["properties"]} == {"geometry", *COLLECTIONS[collection].fields_by_name}
    for name in {*document["properties"]} - {"geometry"}:
        assert get(f"collections/{collection}/items", filter=f"{name} IS NULL").status_code == 200


@EVERY
def test_the_time_of_a_collection_is_the_span_of_the_instants_it_answers(get: Get, collection: str) -> None:
    for document in (
        get(f"collections/{collection}").json(),
        next(one for one in get("collections").json()["collections"] if one["id"] == collection),
    ):
        ((first, last),) = document["extent"]["temporal"]["interval"]
        assert document["extent"]["temporal"]["trs"].endswith("Gregorian")
    for at, status in (
        (first, 200),
        (last, 200),
        ("1991-12-31T00:00:00Z", 400),
        ("2101-01-02T00:00:00Z", 400),
    ):
        assert get(f"collections/{collection}/items", datetime=at, limit=1).status_code == status, at
