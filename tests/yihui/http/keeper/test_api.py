"""What keepers and riders may not send over HTTP, and by which pseudonym a reporter is known."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from geo.registry.keys import issue_keeper_key, revoke_keeper_key
from geo.status.statements import ReporterRole, ReportKind, StatusReport
from tests.yihui.http.conftest import NOW, nearest_places
from yihui.bootstrap import Wiring
from yihui.services.stations.keepers import reporter_pseudonym

KEEP, REPORTS = "/api/v1/stations/quancheng/keep", "/api/v1/stations/quancheng/reports"
LOCKED = {"observation": "locked"}


def keep(riders: TestClient, key: str, url: str = KEEP, **said: object) -> Response:
    return riders.post(url, headers={"Authorization": f"Bearer {key}"}, json=said)


def test_only_the_stations_own_key_in_force_is_admitted(riders: TestClient, key: str, wiring: Wiring) -> None:
    with wiring.database.write() as connection:
        other = issue_keeper_key(connection, "night", NOW).text
        ended = issue_keeper_key(connection, "quancheng", NOW)
        revoke_keeper_key(connection, ended.key.id, NOW)
    for wrong in (other, ended.text, key[:-1], key[:-1] + "a" * 2, "nonsense", "a" * 8):
        refused = keep(riders, wrong, act="closed_today")
        assert refused.status_code == 403
        assert refused.headers["content-type"] == "application/problem+json"
        assert wrong not in refused.text
    missing = riders.post(KEEP, json={"act": "let_in"})
    assert missing.status_code == 401 and missing.headers["www-authenticate"] == "Bearer"
    assert keep(riders, key, KEEP.replace("quancheng", "nowhere"), act="let_in").status_code == 403
    assert nearest_places(riders)["quancheng"] == "open"


def test_an_act_with_a_personal_number_is_refused_and_does_not_repeat_it(
    riders: TestClient, key: str
) -> None:
    refused = keep(riders, key, act="closed_today", reason="电话13812345678")
    assert refused.status_code == 422 and "13812345678" not in refused.text
    assert nearest_places(riders)["quancheng"] == "open"


@pytest.mark.parametrize(
    "said",
    [{"observation": "nice"}, {"observation": "broken"}, {"observation": "broken", "facility": "王经理"}, {}],
)
def test_a_report_that_makes_no_sense_is_refused(riders: TestClient, said: dict[str, str]) -> None:
    refused = riders.post(REPORTS, json=said)
    assert refused.status_code == 422
    assert refused.json()["errors"]


def test_reports_of_an_unknown_station_and_bodies_too_long_or_not_json_are_refused(
    riders: TestClient,
) -> None:
    assert riders.post(REPORTS.replace("quancheng", "x/y"), json=LOCKED).status_code == 404
    assert riders.post(REPORTS, json={"observation": "x" * 20_000}).status_code == 413
    form = {"Content-Type": "text/plain"}
    assert riders.post(REPORTS, content=b'{"observation":"locked"}', headers=form).status_code == 415


def test_a_reporter_is_one_for_a_day_and_nobody_afterwards() -> None:
    one = reporter_pseudonym("10.0.0.1", NOW, b"k" * 32)
    assert re.fullmatch(r"[a-f]{64}", one)
    assert reporter_pseudonym("::ffff:10.0.0.1", NOW, b"k" * 32) == one
    assert reporter_pseudonym("10.0.2.2", NOW, b"k" * 32) != one
    assert reporter_pseudonym("10.0.0.1", NOW + timedelta(days=1), b"k" * 32) != one
    assert reporter_pseudonym("10.0.0.1", NOW, b"j" * 32) != one
    household = [reporter_pseudonym(f"2001:db8:1:2::{n}", NOW, b"k" * 32) for n in (1, 2)]
    assert household[0] == household[1]
    assert reporter_pseudonym("2001:db8:1:3::1", NOW, b"k" * 32) != household[0]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:ffff::1", True),
        ("2001:db8:1:2::1", "2001:db8:2:2::1", False),
        ("10.0.0.1", "10.0.0.254", True),
        ("10.0.0.1", "10.0.1.1", False),
        ("10.0.0.1", "::ffff:10.0.0.9", True),
        ("10.0.0.1:80", "[::ffff:10.0.0.9]:443", True),
        ("unknown", "other", False),
        ("10.0.0.1", "", False),
    ],
)
def test_a_prefix_that_one_customer_may_hold_is_one_network(one: str, other: str, same: bool) -> None:
    reports = [
        StatusReport(
            "x", "s", NOW, ReporterRole.RIDER, ReportKind.LOCKED, reporter_pseudonym(a, NOW, b"k" * 32)
        )
        for a in (one, other)
    ]
    assert (reports[0].network == reports[1].network) is same
    assert reports[0].who != reports[1].who
