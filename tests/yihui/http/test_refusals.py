"""A refused request leaves a line in the log, without personal data, and a count for an alert."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from tests.yihui.http.desk.officers import CASE_WORKER, Officers
from tests.yihui.http.two_districts import FOREIGN, TwoDistricts, build_two_districts, read_actor
from yihui.http.app import create_app
from yihui.runtime.observability.logs import JsonFormatter

REQUEST_ID = "0123456789abcdef0123456789abcdef"
PHONE = "13812345678"


@pytest.fixture(scope="module")
def union(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[TwoDistricts]:
    made = build_two_districts(tmp_path_factory.mktemp("union"), migrated_file)
    yield made
    made.wiring.close()


@pytest.fixture(scope="module")
def client(union: TwoDistricts) -> Iterator[TestClient]:
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
        ("GET", "/desk/money", {"x-actor": "register_keeper/inside"}),
        ("403", "authorisation.no_role", "/desk/money", "li.min"),
    ),
    "nobody": (
        ("GET", f"/api/v1/members/{FOREIGN}/benefits", {"x-actor": "nobody"}),
        ("401", "authorisation.not_logged_in", "/api/v1/members/{member}/benefits", "-"),
    ),
    "a form of another site": (
        ("POST", f"/desk/members/{PHONE}/acts", {"x-actor": "case_worker/inside"}),
        ("403", "officer_form.foreign", "/desk/members/{member}/acts", "li.min"),
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
    what: str, client: TestClient, union: TwoDistricts, caplog: pytest.LogCaptureFixture
) -> None:
    (method, path, headers), (status, code, route, actor) = REFUSED[what]
    before = refused_counts(union).get((status, code), 0)
    with caplog.at_level(logging.WARNING, "yihui.http.guard.refusals"):
        sent = {**headers, "x-request-id": REQUEST_ID, "accept": "text/html"}
        form = {"login": PHONE} if method == "POST" else None
        answer = client.request(method, f"{path}?q={PHONE}", headers=sent, data=form)
    assert answer.status_code == int(status), answer.text
    (line,) = [one.getMessage() for one in caplog.records if one.name == "yihui.http.guard.refusals"]
    assert line == f"refused: {status} {code} {method} {route} actor={actor} request={REQUEST_ID}"
    assert PHONE not in line and FOREIGN not in line
    assert refused_counts(union)[status, code] == before + 1


def test_an_id_that_a_caller_made_up_is_not_logged(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "yihui.http.guard.refusals"):
        client.get("/desk/money", headers={"x-actor": "register_keeper/inside", "x-request-id": PHONE})
    assert caplog.records[-1].getMessage().endswith("request=-")


def test_what_is_answered_is_no_refusal(client: TestClient, union: TwoDistricts) -> None:
    before = refused_counts(union)
    assert client.get("/desk", headers={"x-actor": "demo"}).status_code == 200
    assert client.get("/nowhere", headers={"x-actor": "demo"}).status_code == 404
    assert refused_counts(union) == before


# Method, path, body; status, code and route of the line.
MISTAKEN = {
    "a body of the wrong shape": (
        ("POST", "/api/v1/hotline/cases", {"json": {"summary": PHONE}}),
        ("422", "request.invalid", "/api/v1/hotline/cases"),
    ),
    "a path of the wrong shape": (
        ("GET", "/desk/hardship/x", {}),
        ("422", "request.invalid", "/desk/hardship/{number}"),
    ),
}


@pytest.mark.parametrize("what", MISTAKEN)
def test_a_mistake_leaves_a_line_that_alarms_nobody(
    what: str, client: TestClient, union: TwoDistricts, caplog: pytest.LogCaptureFixture
) -> None:
    (method, path, body), (status, code, route) = MISTAKEN[what]
    before = refused_counts(union).get((status, code), 0)
    headers = {"x-actor": "hotline_agent/inside", "x-request-id": REQUEST_ID, "accept": "text/html"}
    with caplog.at_level(logging.INFO, "yihui.http.guard.refusals"):
        answer = client.request(method, path, headers=headers, **body)  # type: ignore[arg-type]
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
    client: TestClient, union: TwoDistricts, caplog: pytest.LogCaptureFixture
) -> None:
    site = Officers(client)
    with caplog.at_level(logging.INFO, "yihui.http.guard.refusals"):
        refused = site.send("/desk/hardship", "/desk/hardship", CASE_WORKER, organisation="", plan=PHONE)
    assert refused.status_code == 422
    (record,) = [one for one in caplog.records if one.name == "yihui.http.guard.refusals"]
    assert record.levelno == logging.INFO and PHONE not in record.getMessage()
    assert "422 officer_form.missing POST /desk/hardship actor=li.min" in record.getMessage()
    assert refused_counts(union)["422", "officer_form.missing"] == 1


def test_a_mistake_on_a_riders_page_leaves_no_line(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "yihui.http.guard.refusals"):
        assert client.get("/?at=x,y").status_code in (200, 422)
    assert [one for one in caplog.records if one.name == "yihui.http.guard.refusals"] == []
