"""yihui schedule, as an administrator types it."""

from pathlib import Path

import pytest

from tests.yihui.cli.conftest import run_events
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
