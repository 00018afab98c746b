"""yihui schedule, as an administrator types it."""

import json
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from tools.servers.sending import Sender
from yihui.bootstrap import build_wiring, load_settings
from yihui.services.events.schedule import run_due_schedule, schedule_beside


@pytest.fixture
def known(yihui: Command, tmp_path: Path) -> Command:
    """Two members with a birthday in the first days of October; today is the 3rd."""
    send = Sender()
    lines = [send.imported("m-1", birthday="1996-10-02"), send.imported("m-2", birthday="1990-10-03")]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert yihui("run", file).code == 0
    return yihui


def results(known: Command, *arguments: str) -> dict[str, tuple[int, int, int]]:
    done = known("schedule", "run", "--json", *arguments)
    assert done.code == 0, done.err
    return {one["job"]: (one["days"], one["found"], one["published"]) for one in json.loads(done.out)}


def test_a_run_publishes_once_and_the_list_shows_how_far_it_came(known: Command) -> None:
    assert "尚未运行" in known("schedule", "list").out
    assert results(known, "--from", "2026-10-01", "--dry-run", "--job", "birthday") == {"birthday": (3, 2, 2)}
    assert results(known, "--from", "2026-10-01", "--job", "birthday") == {"birthday": (3, 2, 2)}
    assert results(known, "--from", "2026-10-01", "--job", "birthday") == {"birthday": (3, 2, 0)}
    assert results(known)["birthday"] == (0, 0, 0)
    told = known("schedule", "list").out
    assert "birthday（会员生日）：做到 2026-10-03；待做天数：0" in told
    assert "festival（节日事件）：做到 2026-10-03" in told
    assert known("run").code == 0
    assert "生日蛋糕券" in known("benefits", "list", "--member", "m-1").out


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
