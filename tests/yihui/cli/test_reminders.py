"""`yihui reminders`, as cron runs it: a week and a day before, by day only, once, and not to who wants none."""

import json
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from tests.yihui.services.joining_people import joining_wiring
from tests.yihui.services.test_reminders import LAST, give

_NOTHING = {"stored": 0, "sent": 0, "dropped": 0, "failed": 0}


def test_without_a_channel_reminders_wait_and_the_list_says_why(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring = joining_wiring(str(tmp_path / "yihui.db"), tmp_path)
    give(wiring)
    wiring.close()
    monkeypatch.setenv("YIHUI_NOW", f"{LAST}T12:00+08:00")
    assert json.loads(yihui("reminders", "send", "--json").out) == {**_NOTHING, "stored": 1}
    shown = yihui("reminders", "list")
    assert "m-1" in shown.out and "YIHUI_REMINDER_SENDER" in shown.err
    assert json.loads(yihui("reminders", "retry", "--json").out) == {"tried_again": 1}
    assert yihui("reminders", "list", "--state", "lost").code == 2
