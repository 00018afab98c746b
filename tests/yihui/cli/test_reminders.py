"""`yihui reminders`, as cron runs it: a week and a day before, by day only, once, and not to who wants none."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.civil_time import CIVIL_TIME
from members.reminders.choices import record_reminder_choices
from tests.yihui.commands import Command
from tests.yihui.services.joining_people import joining_wiring
from tests.yihui.services.message_gateway import open_gateway, url
from tests.yihui.services.test_reminders import LAST, PHONE, give, know

_NOTHING = {"stored": 0, "sent": 0, "dropped": 0, "failed": 0}


def test_each_reminder_goes_out_once_whatever_the_channel_does(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring = joining_wiring(str(tmp_path / "yihui.db"), tmp_path)
    for number, member in enumerate(("m-1", "m-2")):
        give(wiring, member)
        know(wiring, member, PHONE[:-1] + str(number))

    def send(days_before: int, hour: int, minute: int = 0) -> dict[str, int]:
        """Run the command at a time; return what it did, without what it did nothing of."""
        day = LAST - timedelta(days=days_before)
        now = datetime(day.year, day.month, day.day, hour, minute, tzinfo=CIVIL_TIME)
        monkeypatch.setenv("YIHUI_NOW", now.isoformat())
        done = json.loads(yihui("reminders", "send", "--json").out)
        assert done.keys() == _NOTHING.keys()
        return {name: count for name, count in done.items() if count}

    with open_gateway() as gateway:
        monkeypatch.setenv("YIHUI_REMINDER_SENDER", f"sms:{url(gateway)}")
        assert send(8, 12) == {}
        assert send(7, 7, 59) == {"stored": 2}  # stored, and held until the quiet hours are over
        gateway.status = 500
        assert send(7, 8) == {"failed": 2}
        assert "HTTP 500" in yihui("reminders", "list").out
        gateway.status = 204
        assert send(7, 9) == {"sent": 2}
        assert send(7, 9) == send(7, 15) == send(6, 12) == send(2, 12) == {}
        with wiring.database.write() as connection:
            record_reminder_choices(connection, "m-2", {"benefit": False}, wiring.now())
        assert send(1, 12) == {"stored": 2, "sent": 1, "dropped": 1}
        assert send(1, 13) == send(0, 12) == send(-1, 12) == {}
        listed = yihui("reminders", "list", "--state", "sent", "--state", "dropped", "--json").out
        found = {(one["member"], one["days_before"], one["state"]) for one in json.loads(listed)["reminders"]}
        assert found == {("m-1", 7, "sent"), ("m-2", 7, "sent"), ("m-1", 1, "sent"), ("m-2", 1, "dropped")}
        bodies = [json.loads(body) for _, body in gateway.got]
        assert (
            len(bodies) == 5 and len({one["id"] for one in bodies}) == 3
        )  # a second attempt has the same id
    wiring.close()


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
