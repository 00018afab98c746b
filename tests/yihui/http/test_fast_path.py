"""What is answered where it arrives is byte for byte what the route would have said."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Scope

from geo.station import Access, Entry, Kind
from tests.profile import SLOW
from tests.tiers import budget
from tests.yihui.http.conftest import RIDERS, wire_register
from yihui.bootstrap import Wiring
from yihui.http.app import build_site, create_app
from yihui.http.guard.limits import MAX_HEADER_BYTES
from yihui.http.guard.serving import LOCAL_ONLY
from yihui.http.site import Site
from yihui.http.stations.nearest import NEAREST_PATH, answer_simple_request
from yihui.views.labels import FACILITY_LABELS

BY_THE_ROUTE = {"If-None-Match": '"nothing"'}  # a condition is not plain
HERE = {"lon": "117.0204", "lat": "36.6683", "datum": "wgs84"}

Values = str | list[str]
FastPath = Callable[[Scope], bytes | None]


@pytest.fixture(scope="module")
def client(register_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Over a database of its own: what one app writes makes another look again, by its route."""
    wiring = wire_register(register_file, tmp_path_factory.mktemp("routed"))
    yield TestClient(create_app(wiring, RIDERS))
    wiring.database.close()


@pytest.fixture(scope="module")
def site(filled: Wiring) -> Site:
    return build_site(filled, LOCAL_ONLY)


@pytest.fixture(scope="module")
def answer(site: Site) -> FastPath:
    """With the stations in memory, whatever else was written since."""

    def answered(scope: Scope) -> bytes | None:
        site.snapshots.current()
        return answer_simple_request(site, scope)

    return answered


def plain(fields: dict[str, Values] | str, accept: str = "*/*", language: str = "") -> Scope:
    text = fields if isinstance(fields, str) else urlencode(fields, doseq=True)
    headers = [(b"accept", accept.encode()), (b"accept-language", language.encode())]
    return {"headers": headers, "query_string": text.encode()}


def some(of: type[Kind] | type[Entry] | type[Access]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([one.value for one in of]), max_size=2)


questions: st.SearchStrategy[dict[str, Values]] = st.fixed_dictionaries(
    {
        "lon": st.floats(116.9, 117.2).map(lambda x: f"{x:.5f}"),
        "lat": st.floats(36.5, 36.8).map(lambda x: f"{x:.5f}"),
        "datum": st.sampled_from(["wgs84", "gcj02", "bd09", "cgcs2000"]),
    },
    optional={
        "k": st.sampled_from(["1", "3", "50"]),
        "kind": some(Kind),
        "entry": some(Entry),
        "access": some(Access),
        "facility": st.lists(st.sampled_from(sorted(FACILITY_LABELS)), max_size=2),
        "open": st.sampled_from(["true", "false", "1"]),
        "usable": st.just("true"),
        "stay_min": st.sampled_from(["0", "30"]),
        "travel": st.sampled_from(["walk", "ebike"]),
        "speed_km_per_h": st.just("12.5"),
        "within_m": st.sampled_from(["20", "800.5"]),
        "lang": st.sampled_from(["zh", "en"]),
        "employer": st.sampled_from(["", "某公司"]),
    },
)


@pytest.mark.deeper
@settings(
    max_examples=budget(150),
    deadline=None,
    suppress_health_check=[*SLOW, HealthCheck.function_scoped_fixture],
)
@given(asked=questions, accept_language=st.sampled_from(["", "en", "zh-CN,zh;q=0.9"]))
def test_it_says_what_the_route_says(
    client: TestClient, answer: FastPath, asked: dict[str, Values], accept_language: str
) -> None:
    said = answer(plain(asked, language=accept_language))
    headers = BY_THE_ROUTE | ({"Accept-Language": accept_language} if accept_language else {})
    by_route = client.get(NEAREST_PATH, params=asked, headers=headers)
    assert by_route.status_code == 200
    if said is None:  # a search that would have to grow, or fifty of few that pass
        told = by_route.json()
        many = asked.get("k") == "50" and len(told["results"]) < 50
        assert told["grown_to_m"] is not None or told["results"] == [] or many
    else:
        assert said == by_route.content


@pytest.mark.parametrize(
    "query",
    [
        "",
        "lon=117.0204&lat=36.6683",  # the datum is missing
        "lon=117.0204&lon=117.1&lat=36.6683&datum=wgs84",
        "lon=36.6683&lat=117.0204&datum=wgs84",  # swapped
        "lon=1e2&lat=36.6683&datum=wgs84",
        "lon=nan&lat=36.6683&datum=wgs84",
        "lon=2.35&lat=48.86&datum=wgs84",  # not in China
        "lon=117.0204&lat=36.6683&datum=wgs84&k=0",
        "lon=117.0204&lat=36.6683&datum=wgs84&strange=1",
        "lon=117.0204&lat=36.6683&datum=wgs84&l%6fn=1",
        "lon=117.0204&lat=36.6683&datum=wgs84&at=2026-10-03T23:10%2B08:00",  # hours may have to be read
    ],
)
def test_what_is_not_plain_is_left_to_the_route(answer: FastPath, query: str) -> None:
    assert answer(plain(query)) is None


def test_another_media_type_and_conditions_are_left_to_the_route(answer: FastPath) -> None:
    assert answer(plain(HERE, accept="application/geo+json")) is None
    assert answer(plain(HERE, accept="text/html, application/json;q=0.5")) is not None
    simple = plain(HERE)
    assert answer(simple) is not None
    assert answer(simple | {"headers": [(b"if-none-match", b'"x"')]}) is None
    assert answer(simple | {"headers": [(b"accept", b"*/*"), (b"accept", b"application/json")]}) is None


def test_until_the_stations_are_in_memory_nothing_is_answered_at_once(filled: Wiring) -> None:
    assert answer_simple_request(build_site(filled, LOCAL_ONLY), plain(HERE)) is None


def test_its_headers_are_those_of_the_route(client: TestClient) -> None:
    for encoding in ("gzip", "identity"):
        ours = client.get(NEAREST_PATH, params=HERE, headers={"Accept-Encoding": encoding})
        theirs = client.get(NEAREST_PATH, params=HERE, headers={"Accept-Encoding": encoding} | BY_THE_ROUTE)
        assert dict(ours.headers) | {"content-length": ""} == dict(theirs.headers) | {"content-length": ""}
        assert ours.headers.get("content-encoding", "identity") == encoding
        assert ours.content == theirs.content
    held = {"If-None-Match": ours.headers["etag"]}
    assert client.get(NEAREST_PATH, params=HERE, headers=held).status_code == 304


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        pytest.param("", {"Host": "elsewhere.example"}, id="another name"),
        pytest.param("", {"Origin": "https://elsewhere.example"}, id="a page of another site"),
        pytest.param("", {"X-Long": "x" * MAX_HEADER_BYTES}, id="long headers"),
        pytest.param("&k=1&k=2", {}, id="a parameter twice"),
        pytest.param("&k=1&%6b=2", {}, id="a parameter twice, once written otherwise"),
        pytest.param("&employer=%00", {}, id="U+0000"),
    ],
)
def test_what_a_guard_refuses_is_not_answered_before_it(
    client: TestClient, address: str, headers: dict[str, str]
) -> None:
    path = f"{NEAREST_PATH}?{urlencode(HERE)}"
    assert client.get(path).status_code == 200
    assert 400 <= client.get(path + address, headers=headers).status_code < 500
