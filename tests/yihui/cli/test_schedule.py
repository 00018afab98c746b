"""yihui schedule, as an administrator types it; each last day of a voucher is told once."""

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
from yihui.bootstrap import build_wiring, load_settings
from yihui.services.events.schedule import run_due_schedule, schedule_beside


@pytest.fixture
def known(yihui: Command, tmp_path: Path) -> Command:
    """Two members with a birthday in the first days of October; today is the 3rd."""
    send = Sender()
    days = {"m-1": "1996-10-02", "m-2": "1990-10-03"}
    run_events(yihui, tmp_path, [send.imported(member, birthday=day) for member, day in days.items()])
    return yihui


def test_what_cannot_be_run_is_refused_with_all_faults(known: Command) -> None:
    for arguments, told in (
        (("--job", "birthdays"), ("没有“birthdays”这项工作", "birthday, anniversary")),
        (("--job", "ｂirthday"), ("没有“ｂirthday”这项工作",)),
        (("--until", "2026-10-04"), ("2026-10-04", "今天或更早")),
        (("--until", "2026-10-32"), ("2026-10-32", "--until")),
        (("--until", "2026-10-01", "--from", "2026-10-02"), ("2026-10-02 晚于 2026-10-01",)),
        (("--job", "x", "--until", "2027-01-01"), ("没有“x”这项工作", "2027-01-01")),
    ):
        done = known("schedule", "run", *arguments)
        assert done.code != 0
        for words in told:
            assert words in done.err
        assert "尚未运行" in known("schedule", "list").out


def test_a_process_that_runs_for_long_publishes_what_is_due_by_setting(
    known: Command, tmp_path: Path
) -> None:
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path), "YIHUI_SCHEDULE": "true"}))
    assert wiring.settings.schedule
    with schedule_beside(wiring, within_s=30):
        pass
    run_due_schedule(wiring, lambda: False)
    wiring.close()
    assert "尚未运行" not in known("schedule", "list").out
    off = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path), "YIHUI_SCHEDULE": "false"}))
    assert not off.settings.schedule


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
