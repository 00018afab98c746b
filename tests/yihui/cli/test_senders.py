"""yihui senders: add, rotate, revoke, list and show, with an entry in the audit log for each act."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.yihui.commands import Command
from yihui.access.senders import parse_key_id
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring, build_wiring, load_settings

GOOD = ("senders", "add", "hr", "--organisation", "370100", "--uses", "events", "--until", "2026-12-31")
BOUND = ("--sources", "/hr/jinan/,/hr/app", "--types", "member.joined,member.left")


@pytest.fixture
def wiring(yihui: Command, tmp_path: Path) -> Iterator[Wiring]:
    """The installation of the commands."""
    made = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path)}))
    yield made
    made.database.close()


def entries(wiring: Wiring) -> list[tuple[str, str, str]]:
    with wiring.database.read() as connection:
        rows = connection.execute(select(audit_entries).order_by(audit_entries.c.sequence)).all()
    assert all(row.actor.startswith("console:") for row in rows)
    return [(row.act, row.object_id, row.organisation) for row in rows]


def test_a_sender_lives_from_its_key_to_its_revocation(yihui: Command, wiring: Wiring) -> None:
    added = json.loads(yihui(*GOOD, *BOUND, "--json").out)
    assert parse_key_id(added["key"]) == added["id"] and len(added["key"].rpartition("_")[2]) * 5 >= 160
    rotated = json.loads(yihui("senders", "rotate", "hr", "--until", "2027-06-30", "--json").out)
    assert list(rotated["older_keys"]) == [added["id"]]
    shown = yihui("senders", "show", "hr").out
    assert added["id"] in shown and rotated["id"] in shown
    assert added["key"] not in shown + yihui("senders", "list").out
    revoked = yihui("senders", "revoke", added["id"], "--reason", "换人")
    assert (revoked.code, revoked.out.count("已作废")) == (0, 1)
    assert yihui("senders", "revoke", "hr").out.count("已作废") == 2
    (listed,) = json.loads(yihui("senders", "list", "--json").out)
    assert [key["valid"] for key in listed["keys"]] == [False, False]
    assert entries(wiring) == [
        ("keys.issue", "hr", "370100"),
        ("keys.rotate", "hr", "370100"),
        ("keys.revoke", "hr", "370100"),
        ("keys.revoke", "hr", "370100"),
    ]
    with wiring.database.read() as connection:
        changes = " ".join(connection.execute(select(audit_entries.c.changes)).scalars())
    assert added["key"].rpartition("_")[2] not in changes


def test_all_that_is_wrong_with_a_sender_is_named_at_once(yihui: Command, wiring: Wiring) -> None:
    wrong = yihui(
        *("senders", "add", "HR 济南", "--organisation", "37", "--uses", "event、gis，not-events"),
        *("--types", "member.joind,benefit.granted,station.usd", "--sources", "/,http://a/../b,*"),
        *("--until", "2026-10-02", "--json"),
    )
    found = [error["field"] for error in json.loads(wrong.out)["errors"]]
    assert wrong.code == 1
    assert found.count("--uses") == 2 and found.count("--types") >= 3 and found.count("--sources") == 4
    assert {"NAME", "--organisation", "--until"} <= set(found)
    assert json.loads(yihui("senders", "list", "--json").out) == []
    assert entries(wiring) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        (("--until", "2026-10-03"), None),  # today counts
        (("--until", "2028-10-03"), None),
        (("--until", "2028-10-05"), "--until"),
        (("--organisation", "３７０１００"), "--organisation"),
        (("--organisation", "370102001-00001"), None),
        (("--uses", "EVENTS"), "--uses"),
    ],
)
def test_limits_of_a_sender(yihui: Command, changed: tuple[str, ...], field: str | None) -> None:
    done = yihui(*GOOD, *BOUND, *changed, "--json")
    errors = [error["field"] for error in json.loads(done.out).get("errors", [])]
    assert (field in errors) if field else done.code == 0, done.words


def test_sources_and_types_belong_to_events_and_feeds_alone(yihui: Command) -> None:
    gis = [part if part != "events" else "gis" for part in GOOD]
    errors = json.loads(yihui(*gis, *BOUND, "--json").out)["errors"]
    assert [error["field"] for error in errors] == ["--sources"]
    assert yihui(*gis).code == 0


def test_events_need_sources_and_types(yihui: Command) -> None:
    errors = json.loads(yihui(*GOOD, "--json").out)["errors"]
    assert [error["field"] for error in errors] == ["--sources", "--types"]


def test_a_name_is_taken_once_even_after_its_revocation(yihui: Command) -> None:
    assert yihui(*GOOD, *BOUND).code == 0
    assert yihui(*GOOD, *BOUND).code == 1
    yihui("senders", "revoke", "hr")
    assert "作废" in yihui("senders", "rotate", "hr", "--until", "2026-12-31").err
    assert yihui(*GOOD, *BOUND).code == 1
    for wrong in (("rotate", "nobody", "--until", "2026-12-31"), ("revoke", "nobody"), ("show", "nobody")):
        assert yihui("senders", *wrong).code == 1
    assert yihui("senders", "revoke", f"yhs_{'a' * 8}_{'b' * 32}").code == 1


def test_a_whole_key_is_never_said_back(yihui: Command) -> None:
    key = f"yhs_{'a' * 8}_{'b' * 32}"
    assert key not in yihui("senders", "revoke", key).words
    assert "b" * 32 not in yihui("senders", "show", key).words


def test_rotation_days_are_checked(yihui: Command) -> None:
    yihui(*GOOD, *BOUND)
    wrong = yihui("senders", "rotate", "hr", "--until", "2026-10-01", "--overlap", 91, "--json")
    assert [error["field"] for error in json.loads(wrong.out)["errors"]] == ["--until", "--overlap"]
