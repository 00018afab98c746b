"""Last days of vouchers through the schedule: each told once, and not of what is void or no voucher."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from events.tables import journal
from store import open_database
from tests.yihui.cli.conftest import Now, run_events
from tests.yihui.commands import Command
from tools.servers.sending import Sender

LAST = date(2026, 12, 1)  # of the cakes of 2 October: sixty days later


@pytest.fixture
def granted(yihui: Command, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Three members with a cake that ends on 1 December, one with a cake that ends later, one with points."""
    monkeypatch.setenv("YIHUI_DATABASE_URL", target)
    monkeypatch.setenv("YIHUI_NOW", "2026-10-03T10:00:00+08:00")
    send = Sender()
    lines = [send.imported(f"m-{n}") for n in range(1, 6)]
    lines += [send.birthday(f"m-{n}", "2026-10-02") for n in (1, 2, 3)]
    lines += [send.birthday("m-4", "2026-10-03")]
    lines += [send("course.completed", "m-5", "2026-10-02T09:00:00+08:00", course="急救", score=90)]
    run_events(yihui, tmp_path, lines)
    return yihui


def run(yihui: Command, *arguments: str) -> tuple[int, int, int]:
    done = yihui("schedule", "run", "--job", "voucher_ending", "--json", *arguments)
    assert done.code == 0, done.err
    [one] = json.loads(done.out)
    return one["days"], one["found"], one["published"]


def grant_of(yihui: Command, member: str) -> str:
    [grant] = json.loads(yihui("benefits", "list", "--member", member, "--json").out)
    return str(grant["id"])


def told(target: str) -> list[tuple[str, dict[str, object]]]:
    database = open_database(target)
    with database.read() as connection:
        rows = connection.execute(select(journal.c.event)).scalars().all()
    database.close()
    envelopes = [json.loads(row) for row in rows]
    return sorted((one["subject"], one["data"]) for one in envelopes if one["type"] == "voucher.ending")


def test_each_last_day_is_told_once_to_those_who_still_have_something(
    granted: Command, target: str, now: Now
) -> None:
    void = ("--as", "li.min", "--reason", "发错了")
    assert granted("vouchers", "void", grant_of(granted, "m-3"), *void).code == 0
    now(f"{LAST - timedelta(days=1)}")
    assert run(granted) == (1, 0, 0)
    now(str(LAST))
    assert run(granted) == (1, 2, 2)
    assert run(granted, "--from", str(LAST)) == (1, 2, 0)
    assert granted("run").code == 0
    assert told(target) == [
        (member, {"rule": "birthday-cake", "on": str(LAST), "count": 1}) for member in ("m-1", "m-2")
    ]


def test_after_an_outage_over_the_last_day_the_same_is_told_as_on_it(
    granted: Command, target: str, now: Now
) -> None:
    now(f"{LAST - timedelta(days=2)}")
    assert run(granted) == (1, 0, 0)
    now(f"{LAST + timedelta(days=40)}")
    assert granted("benefits", "expire").code == 0
    days, found, published = run(granted)
    assert (days, found, published) == (42, 4, 4)
    assert granted("run").code == 0
    assert [(member, data["on"]) for member, data in told(target)] == [
        ("m-1", "2026-12-01"), ("m-2", "2026-12-01"), ("m-3", "2026-12-01"), ("m-4", "2026-12-02"),
    ]  # fmt: skip
    assert granted("ledger", "verify").code == 0
