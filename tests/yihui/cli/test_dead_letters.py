"""yihui events dead-letters: listed, shown, mended, replayed, dropped."""

import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.yihui.cli.conftest import run_events
from tests.yihui.commands import Command, Done, commands_in
from tools.servers.sending import Sender

DL = ("events", "dead-letters")
BY = ("--as", "li.min", "--reason", "等级写错了")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three letters: a wrong level, a stranger, a line that is no event."""
    send, folder = Sender(), tmp_path_factory.mktemp("built")
    lines = [send.joined("m-1"), send.certified("m-1", level="大师"), send.birthday("m-9"), "{"]
    with commands_in(folder) as yihui:
        run_events(yihui, folder, lines, 1)
    return folder


def ids(yihui: Command) -> dict[str, str]:
    """By reason."""
    listed = yihui(*DL, "list", "--json").out
    return {letter["reason"]: letter["id"] for letter in map(json.loads, listed.splitlines())}


def shown(yihui: Command, id: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(yihui(*DL, "show", id, "--json").out)
    return found


def test_one_is_shown_whole(prepared: Command) -> None:
    id = ids(prepared)["literal_error"]
    told = prepared(*DL, "show", id[:10]).out
    assert id in told and "events.jsonl:2" in told and '"level": "大师"' in told and "高级工" in told
    content = shown(prepared, id)
    assert (content["source"], content["event_id"], content["acts"]) == ("/test", "e-2", [])
    none = prepared(*DL, "show", "zzz")
    assert (none.code, "zzz" in none.err) == (1, True)


def test_one_is_mended_by_setting_a_field_and_replayed_by_its_id(prepared: Command) -> None:
    old = ids(prepared)["literal_error"]
    mended = prepared(*DL, "mend", old, "--set", "data.level=高级工", *BY, "--json")
    assert mended.code == 0, mended.words
    new = json.loads(mended.out)["id"]
    assert ids(prepared)["mended"] == new
    trial = prepared(*DL, "replay", "--id", new[:12], "--dry-run")
    assert (trial.code, "试运行" in trial.err) == (0, True)
    assert ids(prepared)["mended"] == new
    done = json.loads(prepared(*DL, "replay", "--id", new[:12], "--json").out)
    assert (done["handled"], done["dead_letter_count"]) == (1, 0)
    assert set(ids(prepared)) == {"unknown_member", "not_json"}
    (act,) = shown(prepared, old)["acts"]  # type: ignore[misc]
    assert (act["who"], act["changed"], act["became"]) == ("li.min", ["data.level"], new)  # type: ignore[index]
    assert "li.min" in prepared(*DL, "show", old).out
    assert "修改了事件" in prepared("rules", "log").out


def test_one_is_mended_with_a_file_and_replayed_at_once(prepared: Command, tmp_path: Path) -> None:
    path = tmp_path / "mended.json"
    path.write_text(Sender().birthday("m-1", envelope={"id": "by-hand"}), encoding="utf-8-sig")
    done = prepared(*DL, "mend", ids(prepared)["not_json"], "--with", path, "--replay", *BY)
    assert done.code == 0, done.words
    assert "准予 1 项" in done.out


def _editor(script: Path, code: str) -> str:
    script.write_text(code, encoding="utf-8")
    return shlex.join([sys.executable, str(script)])


RIGHT = "import sys; p = sys.argv[-1]; s = open(p).read(); open(p, 'w').write(s.replace('大师', '技师'))"


def test_without_options_the_editor_is_opened(
    prepared: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = ids(prepared)["literal_error"]
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    assert "EDITOR" in prepared(*DL, "mend", id, *BY).err
    monkeypatch.setenv("EDITOR", "/there/is/none")
    assert prepared(*DL, "mend", id, *BY).code == 1
    monkeypatch.setenv("EDITOR", _editor(tmp_path / "e.py", RIGHT))
    assert prepared(*DL, "mend", id, *BY, "--replay").code == 0
    assert list(tmp_path.glob("mend-*.json")) == []


def test_what_was_written_in_vain_is_kept(
    prepared: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", _editor(tmp_path / "e.py", RIGHT.replace("技师", "宗师")))
    done: Done = prepared(*DL, "mend", ids(prepared)["literal_error"], *BY)
    (kept,) = tmp_path.glob("mend-*.json")
    assert done.code == 1 and str(kept) in done.err
    assert "宗师" in kept.read_text("utf-8")
    assert kept.stat().st_mode & 0o077 == 0
