"""yihui lottery: an officer's way from a list of members to a draw that everybody can verify."""

import json
import stat
from pathlib import Path

import pytest

from tests.yihui.commands import Command, Done

AFTER = "2026-10-05T23:10+08:00"
ENTRIES = "会员代号,权重,组别\nm-3,,\nm-1,2,外卖员\nm-2,1,外卖员、新会员\n"
NUMBER = "01 02 03 04 05 06 07"


@pytest.fixture
def entries(tmp_path: Path) -> Path:
    path = tmp_path / "entries.csv"
    path.write_text(ENTRIES, "utf-8")
    return path


def commit(yihui: Command, entries: Path, *more: object) -> Done:
    folder = entries.parent
    places = ("--to", folder / "may.json", "--secret-to", folder / "may.secret")
    groups = ("--group", "外卖员=1", "--group", "新会员=1")
    when = ("--draw-at", "2026-10-04T21:00+08:00", "--source", "双色球第2026050期")
    return yihui("lottery", "commit", entries, "--seats", 2, *groups, *when, *places, *more)


def draw(yihui: Command, folder: Path, *more: object) -> Done:
    arguments = ("--secret", folder / "may.secret", "--to", folder / "drawn.json")
    return yihui("lottery", "draw", folder / "may.json", *arguments, *more)


def test_what_was_committed_to_is_drawn_and_verified(
    yihui: Command, entries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = entries.parent
    done = commit(yihui, entries)
    assert done.code == 0
    commitment = json.loads((folder / "may.json").read_text("utf-8"))["commitment"]
    assert commitment in done.out
    assert "双色球第2026050期，2026-10-04，14 位" in done.err
    secret = (folder / "may.secret").read_text("utf-8").strip()
    assert stat.S_IMODE((folder / "may.secret").stat().st_mode) == 0o600
    assert secret not in done.words + (folder / "may.json").read_text("utf-8")
    assert "还没有抽签" in yihui("lottery", "verify", folder / "may.json").out

    early = draw(yihui, folder, "--number", NUMBER)
    assert early.code == 1
    assert "要到 2026-10-04 才公布" in early.err
    monkeypatch.setenv("YIHUI_NOW", AFTER)
    drawn = draw(yihui, folder, "--number", NUMBER)
    assert drawn.code == 0
    assert len(drawn.out.splitlines()) == 2

    told = yihui("lottery", "verify", folder / "drawn.json", "--commitment", commitment)
    assert (told.code, told.out[:4]) == (0, "全部相符")
    found = json.loads(yihui("lottery", "verify", folder / "drawn.json", "--json").out)
    assert found["sound"]
    assert found["is_drawn"]
    assert [winner["reserved"] for winner in found["winners"]] == ["外卖员", "新会员"] or "m-2" in drawn.out


WRONG_ENTRIES = [
    ("会员代号\n13812345678\n", ":2: 会员代号 里有身份证号或手机号"),
    ("会员代号\n11010519491231002X\n", ":2: 会员代号 里有身份证号或手机号"),
    ("会员代号\nID11010519491231002X\n", ":2: 会员代号 里有身份证号或手机号"),
    ("会员代号\n110105194912310021\n", ":2: 会员代号 里有身份证号或手机号"),  # mistyped, still somebody's
    ("会员代号,权重\nm-1,1.5\n", ":2: 权重 不能是 1.5"),
]


def test_a_list_that_cant_be_drawn_from_is_told_by_row(yihui: Command, tmp_path: Path) -> None:
    for text, said in WRONG_ENTRIES:
        path = tmp_path / "entries.csv"
        path.write_text(text, "utf-8")
        done = commit(yihui, path)
        assert done.code == 1
        assert said in done.err
        assert "13812345678" not in done.words
        assert "1101051949" not in done.words
        assert not (tmp_path / "may.json").exists()
        assert not (tmp_path / "may.secret").exists()


def test_nothing_published_or_kept_is_overwritten(yihui: Command, entries: Path) -> None:
    assert commit(yihui, entries).code == 0
    before = (entries.parent / "may.secret").read_bytes()
    again = commit(yihui, entries)
    assert again.code == 1
    assert again.err.count("不会被覆盖") == 2
    assert (entries.parent / "may.secret").read_bytes() == before


def test_the_secret_never_lies_where_the_commitment_does(yihui: Command, entries: Path) -> None:
    """It would be published, or the commitment written over it."""
    folder = entries.parent
    (folder / "inner").mkdir()
    for other in (folder / "may.json", folder / "inner" / ".." / "may.json"):
        done = commit(yihui, entries, "--secret-to", other)
        assert done.code == 1
        assert "用了两次" in done.err
    assert not (folder / "may.json").exists()


def test_a_title_with_a_phone_is_refused(yihui: Command, entries: Path) -> None:
    done = commit(yihui, entries, "--title", "咨询13812345678")
    assert done.code == 1
    assert "13812345678" not in done.words
