"""How much one client may ask, and what is logged and counted of a request that is refused."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from tests.yihui.http.conftest import RIDERS, StillClock
from tests.yihui.http.desk.officers import CASE_WORKER
from tests.yihui.http.two_districts import FOREIGN, TwoDistricts, read_actor
from tools.servers.desk import Officers
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.allowances import READS, Allowance, Allowances, RateLimitExceeded
from yihui.runtime.observability.logs import JsonFormatter

pytestmark = pytest.mark.usefixtures("still_clock")

NEAREST = "/api/v1/stations/nearest?lon=117.02&lat=36.66&datum=wgs84"
PER_CLIENT = 0.5  # reads a second: five at once


@pytest.fixture
def client(wiring: Wiring, still_clock: StillClock) -> TestClient:
    return TestClient(create_app(wiring, replace(RIDERS, per_client=PER_CLIENT)))


def test_who_asks_too_often_is_told_when_to_come_again(client: TestClient) -> None:
    answers = [client.get(NEAREST, headers={"accept-language": "en"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [answer.headers["ratelimit"].split(";")[1] for answer in answers[:5]] == [
        f"r={n}" for n in (4, 3, 2, 1, 0)
    ]
    assert answers[0].headers["ratelimit-policy"] == '"reads";q=5;w=10'
    refused = answers[-1]
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "2"
    assert refused.json()["title"] == "too much is asked from here"
    assert refused.headers["x-content-type-options"] == "nosniff"


def test_files_and_the_monitor_are_never_turned_away(client: TestClient) -> None:
    for _ in range(8):
        assert client.get("/static/icon.svg").status_code == 200
        assert client.get("/healthz").status_code == 200
    assert client.get(NEAREST).status_code == 200


def test_a_look_at_the_map_takes_nothing_from_what_may_be_asked(client: TestClient) -> None:
    """A carrier puts many riders behind one address, and each look at the map is twenty files."""
    tile = "/map/outlines/any/10/844/400.json"
    answers = [client.get("/map/base.json"), *(client.get(tile) for _ in range(40))]
    assert 429 not in {answer.status_code for answer in answers}
    assert answers[0].headers["ratelimit-policy"] == '"maps";q=100;w=10'
    assert client.get(NEAREST).headers["ratelimit"].split(";")[1] == "r=4"


def test_the_map_is_no_door_without_a_guard(wiring: Wiring) -> None:
    # Ten files at once, then one a second
    client = TestClient(create_app(wiring, replace(RIDERS, per_client=0.05)))
    statuses = [client.get("/map/tiles/12/3379/1600").status_code for _ in range(30)]
    assert statuses == [404] * 10 + [429] * 20
    assert client.post("/map/base.json").headers["ratelimit-policy"].startswith('"writes"')


def test_writes_have_an_allowance_of_their_own(client: TestClient) -> None:
    for _ in range(6):
        client.get(NEAREST)
    first = client.post("/api/v1/stations/quancheng/keep", json={"act": "closed_today"})
    assert first.status_code == 401  # without a key; it was asked, though
    assert first.headers["ratelimit-policy"] == '"writes";q=1;w=10'
    assert client.post("/api/v1/stations/quancheng/keep", json={"act": "closed_today"}).status_code == 429


def test_all_addresses_of_a_network_of_version_6_are_one_client() -> None:
    allowances = Allowances(0.1, StillClock())
    allowances.spend(READS, "2001:db8:1:2::1")
    with pytest.raises(RateLimitExceeded):
        allowances.spend(READS, "2001:db8:1:2:ffff::9")
    assert allowances.spend(READS, "2001:db8:1:3::1") is not None
    with pytest.raises(RateLimitExceeded):  # the same phone, as a socket of both versions calls it
        allowances.spend(READS, "203.0.113.7") and allowances.spend(READS, "::ffff:203.0.113.7")
    for one, other in (("192.0.2.9:5000", "192.0.2.9:5001"), ("[2001:db8:9::1]:443", "[2001:db8:9::2]:443")):
        allowances.spend(READS, one)  # as a proxy says it that tells the port as well
        with pytest.raises(RateLimitExceeded):
            allowances.spend(READS, other)


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 7)), max_size=60))
def test_an_allowance_admits_what_a_bucket_that_is_filled_drop_by_drop_would(
    asked: list[tuple[float, int]],
) -> None:
    """The oracle is the bucket itself: it holds ten, gains two a second, and each asks for some of it."""
    clock = StillClock()
    allowance = Allowance("reads", 2.0, 10, clock)
    held = 10.0
    for pause_s, amount in asked:
        clock.now += pause_s
        held = min(10.0, held + 2.0 * pause_s)
        if abs(held - amount) < 1e-6:  # on the very edge floats may round either way
            return
        try:
            allowance.spend("anybody", amount)
            admitted = True
        except RateLimitExceeded as refused:
            admitted = False
            assert refused.standing.wait_s == pytest.approx((amount - held) / 2.0)
        assert admitted == (held >= amount)
        held -= amount if admitted else 0.0


def test_no_more_clients_are_remembered_than_there_is_room_for() -> None:
    allowance = Allowance("reads", 0.1, 1, StillClock(), most_clients=3)
    for client in "abcd":
        allowance.spend(client)
    with pytest.raises(RateLimitExceeded):
        allowance.spend("d")
    assert allowance.spend("a").left == 0  # silent for longest, forgotten first


def test_the_points_of_one_request_are_taken_one_by_one(wiring: Wiring) -> None:
    client = TestClient(create_app(wiring, replace(RIDERS, per_client=2.0)))  # 400 points at once
    many = {"points": [[117.02, 36.66]] * 300, "datum": "wgs84", "k": 1}
    assert client.post("/api/v1/stations/nearest", json=many).status_code == 200
    refused = client.post("/api/v1/stations/nearest", json=many, headers={"accept-language": "en"})
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["message"].startswith("this network has asked about 400 points")
    assert int(refused.headers["retry-after"]) == 5


REQUEST_ID = "0123456789abcdef0123456789abcdef"
PHONE = "13812345678"


@pytest.fixture(scope="module")
def districts(union: TwoDistricts) -> Iterator[TestClient]:
    app = create_app(union.wiring, actor_finder=read_actor)
    with TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) as opened:
        yield opened


def refused_counts(union: TwoDistricts) -> dict[tuple[str, str], float]:
    return {
        (sample.labels["status"], sample.labels["code"]): sample.value
        for family in text_string_to_metric_families(union.wiring.metrics.render_text().decode())
        for sample in family.samples
        if sample.name == "yihui_refused_total"
    }


# Method, path, headers; status, code, route and actor of the line.
REFUSED = {
    "a missing right": (
        ("GET", "/desk/money/budgets", {"x-actor": "register_keeper/inside"}),
        ("403", "authorisation.no_role", "/desk/money/budgets", "li.min"),
    ),
    "nobody": (
        ("GET", f"/api/v1/members/{FOREIGN}/benefits", {"x-actor": "nobody"}),
        ("401", "authorisation.not_logged_in", "/api/v1/members/{member}/benefits", "-"),
    ),
    "a form of another site": (
        ("POST", f"/desk/members/{PHONE}/leave", {"x-actor": "case_worker/inside"}),
        ("403", "officer_form.foreign", "/desk/members/{thing}/leave", "li.min"),
    ),
    "another origin": (
        ("POST", "/desk/login", {"x-actor": "nobody", "origin": "https://evil.example"}),
        ("403", "host.foreign", "-", "-"),
    ),
    "a form without its token": (
        ("POST", "/desk/login", {"x-actor": "nobody", "origin": "http://127.0.0.1"}),
        ("403", "login.form", "/desk/login", "-"),
    ),
    "another method": (
        ("DELETE", "/desk/login", {"x-actor": "nobody"}),
        ("405", "http.405", "/desk/login", "-"),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_is_logged_and_counted_without_personal_data(
    what: str, districts: TestClient, union: TwoDistricts, caplog: pytest.LogCaptureFixture
) -> None:
    (method, path, headers), (status, code, route, actor) = REFUSED[what]
    before = refused_counts(union).get((status, code), 0)
    with caplog.at_level(logging.WARNING, "yihui.http.guard.refusals"):
        sent = {**headers, "x-request-id": REQUEST_ID, "accept": "text/html"}
        form = {"login": PHONE} if method == "POST" else None
        answer = districts.request(method, f"{path}?q={PHONE}", headers=sent, data=form)
    assert answer.status_code == int(status), answer.text
    (line,) = [one.getMessage() for one in caplog.records if one.name == "yihui.http.guard.refusals"]
    assert line == f"refused: {status} {code} {method} {route} actor={actor} request={REQUEST_ID}"
    assert PHONE not in line and FOREIGN not in line
    assert refused_counts(union)[status, code] == before + 1


def test_an_id_that_a_caller_made_up_is_not_logged(
    districts: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "yihui.http.guard.refusals"):
        districts.get(
            "/desk/money/budgets", headers={"x-actor": "register_keeper/inside", "x-request-id": PHONE}
        )
    assert caplog.records[-1].getMessage().endswith("request=-")


def test_what_is_answered_is_no_refusal(districts: TestClient, union: TwoDistricts) -> None:
    before = refused_counts(union)
    assert districts.get("/desk", headers={"x-actor": "demo"}).status_code == 200
    assert districts.get("/nowhere", headers={"x-actor": "demo"}).status_code == 404
    assert refused_counts(union) == before


# Method, path, body; status, code and route of the line.
MISTAKEN = {
    "a body of the wrong shape": (
        ("POST", "/api/v1/hotline/cases", {"json": {"category": PHONE}}),
        ("422", "field.missing", "/api/v1/hotline/cases"),
    ),
    "a path of the wrong shape": (
        ("GET", "/desk/hardship/files/x", {}),
        ("422", "request.invalid", "/desk/hardship/files/{thing}"),
    ),
}


@pytest.mark.parametrize("what", MISTAKEN)
def test_a_mistake_leaves_a_line_that_alarms_nobody(
    what: str, districts: TestClient, union: TwoDistricts, caplog: pytest.LogCaptureFixture
) -> None:
    (method, path, body), (status, code, route) = MISTAKEN[what]
    before = refused_counts(union).get((status, code), 0)
    headers = {"x-actor": "hotline_agent/inside", "x-request-id": REQUEST_ID, "accept": "text/html"}
    with caplog.at_level(logging.INFO, "yihui.http.guard.refusals"):
        answer = districts.request(method, path, headers=headers, **body)  # type: ignore[arg-type]
    assert answer.status_code == int(status), answer.text
    (record,) = [one for one in caplog.records if one.name == "yihui.http.guard.refusals"]
    assert record.levelno == logging.INFO and PHONE not in record.getMessage()
    written = json.loads(JsonFormatter().format(record))
    named = {
        "event": "refused",
        "status": int(status),
        "code": code,
        "route": route,
        "request_id": REQUEST_ID,
    }
    assert named.items() <= written.items()
    assert refused_counts(union)[status, code] == before + 1


def test_a_form_that_is_shown_again_leaves_the_code_of_its_fault(
    districts: TestClient, union: TwoDistricts, caplog: pytest.LogCaptureFixture
) -> None:
    site, page = Officers(districts), "/desk/hardship/files/open"
    before = refused_counts(union).get(("422", "field.missing"), 0)
    with caplog.at_level(logging.INFO, "yihui.http.guard.refusals"):
        refused = site.send(page, page, CASE_WORKER, organisation="", plan=PHONE)
    assert refused.status_code == 422
    (record,) = [one for one in caplog.records if one.name == "yihui.http.guard.refusals"]
    assert record.levelno == logging.INFO and PHONE not in record.getMessage()
    assert "422 field.missing POST /desk/hardship/files/open actor=li.min" in record.getMessage()
    assert refused_counts(union)["422", "field.missing"] == before + 1


def test_a_mistake_on_a_riders_page_leaves_no_line(
    districts: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "yihui.http.guard.refusals"):
        assert districts.get("/?at=x,y").status_code in (200, 422)
    assert [one for one in caplog.records if one.name == "yihui.http.guard.refusals"] == []
