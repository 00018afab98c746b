"""The command line as its users meet it: help, bad input, languages, exit codes."""

import json
from pathlib import Path

from sqlalchemy import text

from store import migrate_database, open_database
from tests.yihui.commands import Command
from tools.servers.sending import Sender


def write_events(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


ROLL = "身份证号,组织代码,入会日期,工种\n{id},370202001-00017,2020-05-01,外卖员\n"


def test_a_roll_becomes_members_without_a_trace_of_their_id_numbers(yihui: Command, tmp_path: Path) -> None:
    number = "11010519491231002X"
    roll = tmp_path / "roll.csv"
    roll.write_text(ROLL.format(id=number), encoding="gb18030")
    assert yihui("members", "import", str(roll)).code == 0
    assert json.loads(yihui("members", "import", str(roll), "--json").out)["duplicates"] == 1
    for file in tmp_path.glob("yihui.db*"):
        assert number.encode() not in file.read_bytes()


def test_a_database_that_can_not_be_used_is_exit_code_3_with_a_remedy(yihui: Command, tmp_path: Path) -> None:
    letter = tmp_path / "letter.db"
    letter.write_text("Dear Sir or Madam, " * 100)
    newer = tmp_path / "newer.db"
    migrate_database(open_database(str(newer)))
    with open_database(str(newer)).write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for target, words in (
        (letter, "不是驿惠的数据库"),
        (newer, "更新版本"),
        (tmp_path / "no" / "x.db", "文件夹不存在"),
    ):
        done = yihui("--db", str(target), "ledger", "verify")
        assert done.code == 3
        assert words in done.err
        assert "→" in done.err


def test_after_a_command_all_is_in_the_one_file(yihui: Command, tmp_path: Path) -> None:
    """Who copies yihui.db copies everything: the log beside it was folded in."""
    yihui("run", write_events(tmp_path, Sender().joined("m-1")))
    assert not (tmp_path / "yihui.db-wal").exists()


def test_an_output_never_replaces_a_database_or_the_file_that_is_read(yihui: Command, tmp_path: Path) -> None:
    yihui("ledger", "verify")
    database = (tmp_path / "yihui.db").read_bytes()
    assert yihui("ledger", "export", "--out", str(tmp_path / "yihui.db")).code == 1
    assert (tmp_path / "yihui.db").read_bytes() == database
    register = tmp_path / "stations.csv"
    register.write_text("名称,类型,经度,纬度\n甲,妈妈小屋,36.6,117.0\n", encoding="utf-8")
    before = register.read_bytes()
    yihui("stations", "import", str(register), "--datum", "wgs84", "--faults", str(register))
    assert register.read_bytes() == before


def test_a_link_stays_a_link_and_a_device_a_device(yihui: Command, tmp_path: Path) -> None:
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real.jsonl")
    assert yihui("ledger", "export", "--out", str(tmp_path / "link.jsonl")).code == 0
    assert (tmp_path / "link.jsonl").is_symlink()
    assert (tmp_path / "real.jsonl").exists()
    assert yihui("ledger", "export", "--out", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()


def test_what_an_event_says_is_not_obeyed_by_a_terminal(yihui: Command, tmp_path: Path) -> None:
    line = Sender()("\x1b]0;pwn\x07", "m-1")
    done = yihui("run", write_events(tmp_path, line))
    assert done.code == 1
    assert "\x1b" not in done.words and "\x07" not in done.words
