"""The demo's folder: what it refuses, what it empties, and the clock that stands still in it."""

import csv
import json
import os
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from yihui.access.roles import Role
from yihui.access.sessions import SessionKind
from yihui.bootstrap import build_wiring, load_settings
from yihui.runtime.arguments import parse_instant
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.samples import office
from yihui.services.access.login import check_login, finish_login
from yihui.services.access.login_tries import LoginVisit
from yihui.services.access.officer_login import find_officer_login
from yihui.services.operation.demo import DEMO_NOW, DemoClock, empty_demo_folder, write_demo_files
from yihui.services.operation.demo_rooms import open_county_log_ins

OFFICER = ("--as", "li.min", "--reason", "预算")


@pytest.fixture
def demo_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An emptied demo's folder, in which commands work; no other clock is set."""
    made = tmp_path / "demo"
    empty_demo_folder(made)
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(made))
    monkeypatch.delenv("YIHUI_NOW", raising=False)
    return made


@pytest.mark.parametrize("name", ["roll.csv", ".git", "yihui.db"])
def test_a_folder_with_other_files_is_refused_and_untouched(
    yihui: Command, tmp_path: Path, name: str
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / name).write_text("mine")
    done = yihui("demo", mine)
    assert done.code == 1
    assert name in done.err and "不是演示写的" in done.err
    assert [path.name for path in mine.iterdir()] == [name]


def test_a_file_in_place_of_the_folder_is_refused(yihui: Command, tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine")
    assert "不是文件夹" in yihui("demo", tmp_path / "demo").err
    assert (tmp_path / "demo").read_text() == "mine"


def test_an_earlier_demo_is_emptied_but_no_link_is_followed(demo_folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").touch()
    (demo_folder / "link").symlink_to(outside)
    (demo_folder / "my-rules").mkdir()
    (demo_folder / "my-rules" / "x.yaml").touch()
    empty_demo_folder(demo_folder)
    assert sorted(path.name for path in demo_folder.iterdir()) == [
        DEMO_MARKER_FILE,
        "account.key",
        "identity.key",
        "login.key",
        "voucher.key",
    ]
    assert (outside / "mine").exists()
    assert demo_folder.stat().st_mode & 0o077 == 0


def test_the_clock_stands_still_in_a_demo_and_acts_count_there(yihui: Command, demo_folder: Path) -> None:
    assert yihui("budgets", "set", "cake", "--amount", "100", *OFFICER).code == 0
    [act] = json.loads(yihui("rules", "log", "--json").out)
    assert act["at"].startswith("2026-10-03T15:10")
    clock = next(line for line in yihui("doctor").out.splitlines() if "时钟" in line)
    assert "演示文件夹" in clock and "2026-10-03" in clock


def test_a_clock_that_is_set_counts_before_the_demos(
    yihui: Command, demo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIHUI_NOW", "2026-10-05T09:00+08:00")
    assert yihui("budgets", "set", "cake", "--amount", "100", *OFFICER).code == 0
    [act] = json.loads(yihui("rules", "log", "--json").out)
    assert act["at"].startswith("2026-10-05T01:00")


def test_a_marker_without_an_instant_stops_no_clock(yihui: Command, demo_folder: Path) -> None:
    (demo_folder / DEMO_MARKER_FILE).write_text(" \n")
    assert "演示文件夹" not in yihui("doctor").out
    (demo_folder / DEMO_MARKER_FILE).write_text("yesterday")
    done = yihui("ledger", "balances")
    assert done.code == 2
    assert "yesterday" in done.err and DEMO_MARKER_FILE in done.err


def test_a_countys_finance_officers_log_in_for_the_money_of_that_county_alone(
    yihui: Command, demo_folder: Path
) -> None:
    assert yihui("ledger", "seal").code == 0
    clock, file = DemoClock(parse_instant(DEMO_NOW)), demo_folder / "county-officers.csv"
    wiring, visit = (
        build_wiring(load_settings(os.environ), lambda: clock.now),
        LoginVisit("192.0.2.9", "test"),
    )
    open_county_log_ins(wiring, clock, file)
    held = []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for one in csv.DictReader(lines):
            step = check_login(wiring, one["登录名"], one["密码"], visit)
            opened = finish_login(wiring, step.ticket, one["一次性代码"].split()[0], visit)
            found = find_officer_login(wiring, opened.token, SessionKind.BROWSER)
            assert found is not None and found.actor.new_account is None, "the log-in counts"
            held += [(each.role, each.organisation) for each in found.actor.assignments]
    assert held == [(Role.FINANCE_PREPARER, office.COUNTY), (Role.FINANCE_RELEASER, office.COUNTY)]
    wiring.close()
    assert yihui("ledger", "verify").code == 0


def test_the_files_are_the_same_each_time_and_name_only_made_up_people(tmp_path: Path) -> None:
    both = [tmp_path / "a", tmp_path / "b"]
    for folder in both:
        empty_demo_folder(folder)
        write_demo_files(folder)
    files = sorted(path.relative_to(both[0]) for path in both[0].rglob("*") if path.is_file())
    assert len(files) > 15
    assert [name for name in files if (both[0] / name).read_bytes() != (both[1] / name).read_bytes()] == []
    assert {name[:2] for _, _, name in office.list_payee_rows()} == {"示例"}
    named = [record["用户"]["姓名"] for record in office.list_feed_records() if record["业务"] == "问卷"]
    assert len(named) == 20 and all(name.startswith("示例会员") for name in named)
