"""yihui feeds: from what another app sends to a benefit, as the person at the keyboard sees it."""

import json
from pathlib import Path

import pytest

from tests.events.feeds.samples import (
    APP,
    PHONE,
    TABLE,
    csv_of,
    id_number,
    joining,
    lines,
    survey,
)
from tests.yihui.commands import Command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both mappings in a folder that the settings name."""
    made = tmp_path / "feeds"
    made.mkdir()
    (made / "app.yaml").write_text(APP, encoding="utf-8")
    (made / "table.yaml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("YIHUI_FEEDS", str(made))
    return made


def table(folder: Path, *rows: "dict[str, str] | object", name: str = "rows.csv") -> Path:
    path = folder.parent / name
    path.write_bytes(csv_of(rows))  # type: ignore[arg-type]
    return path


def records(folder: Path, *rows: object, name: str = "rows.jsonl") -> Path:
    path = folder.parent / name
    path.write_bytes(lines(*rows))
    return path


def test_a_file_with_a_fault_is_not_run_at_all_unless_the_good_records_are_asked_for(
    yihui: Command, folder: Path
) -> None:
    file = records(folder, joining(), survey(3, user=PHONE), {"bizType": "PAY"}, survey())
    whole = yihui("feeds", "run", "zibo-aigonghui", file)
    assert whole.code == 1
    assert "rows.jsonl:2" in whole.err
    assert "rows.jsonl:3" in whole.err
    assert PHONE not in whole.words
    assert yihui("benefits", "list", "--member", "x").out.count("问卷积分") == 0
    part = yihui("feeds", "run", "zibo-aigonghui", file, "--partial", "--json")
    assert part.code == 1
    told = json.loads(part.out)
    assert (told["handled"], told["records"]["rejected"]) == (2, 2)
    assert {error["row"] for error in told["records"]["errors"]} == {2, 3}
    assert all(error["remedy"] for error in told["records"]["errors"])


def test_a_fault_leaves_no_half_file(yihui: Command, folder: Path) -> None:
    out = folder.parent / "events.jsonl"
    file = records(folder, joining(), survey(answers="八"))
    assert yihui("feeds", "convert", "zibo-aigonghui", file, "--out", out).code == 1
    assert not out.exists()
    part = yihui("feeds", "convert", "zibo-aigonghui", file, "--out", out, "--partial")
    assert part.code == 1
    assert len(out.read_text("utf-8").splitlines()) == 1
    assert (
        yihui("feeds", "convert", "zibo-aigonghui", file, "--out", file, "--partial").code == 1
    )  # never over itself
    assert file.read_bytes() == lines(joining(), survey(answers="八"))


def test_the_preview_shows_theirs_beside_ours_and_hides_whom_it_is_about(
    yihui: Command, folder: Path
) -> None:
    file = records(folder, joining(), survey(answers="八"))
    done = yihui("feeds", "preview", "zibo-aigonghui", file)
    assert done.code == 0
    assert "用户.标签.0.岗位 = 骑手  →  trade = 外卖员" in done.out
    assert "不成事件" in done.out
    shown = json.loads(yihui("feeds", "preview", "zibo-aigonghui", file, "--rows", 1, "--json").out)
    assert [row["outcome"] for row in shown] == ["converted"]
    assert shown[0]["theirs"]["用户.证件.号码"] == "***"
    for number in (id_number(), PHONE, "张三"):
        assert number not in done.words + json.dumps(shown, ensure_ascii=False)


def test_a_draft_can_be_checked_and_is_never_written_over_another(yihui: Command, tmp_path: Path) -> None:
    for template in ("app", "table"):
        to = tmp_path / f"{template}.yaml"
        assert yihui("feeds", "draft", "--to", to, "--from", template).code == 0
        assert yihui("feeds", "check", to).code == 0
        assert yihui("feeds", "draft", "--to", to, "--from", template).code == 1
    assert yihui("feeds", "draft", "--to", tmp_path / "x.yaml", "--from", "xml").code == 2


def test_two_mappings_about_one_feed_are_refused(yihui: Command, folder: Path) -> None:
    (folder / "copy.yaml").write_text(APP, encoding="utf-8")
    done = yihui("feeds", "list")
    assert done.code == 1
    assert "copy.yaml" in done.err
