"""yihui cards: the code that a card shows, verified here and offline, and the keys; the officers' acts on cards."""

import io
import json
from pathlib import Path

import pytest

from tests.yihui.cli.conftest import run_events
from tests.yihui.commands import Command
from tools.servers.sending import Sender

NOW = "2026-10-03T23:10+08:00"


@pytest.fixture
def cards(yihui: Command, tmp_path: Path) -> Command:
    """A member on the roll."""
    run_events(yihui, tmp_path, [Sender().joined("m-1")])
    return yihui


def issued(cards: Command) -> dict[str, str]:
    done = cards("members", "issue-card", "m-1", "--as", "li.min")
    assert done.code == 0, done.err
    return dict(json.loads(cards("cards", "code", "m-1", "--json").out))


def test_a_card_is_verified_here_from_an_argument_or_standard_input(
    cards: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issued(cards)["token"]
    assert "有效" in cards("cards", "verify", token).out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{token}\n".encode())))
    assert "有效" in cards("cards", "verify").out
    for wrong in ("", "一二三", "YH1AAAA", token[:-1]):
        assert cards("cards", "verify", wrong).code == 1
    monkeypatch.setenv("YIHUI_NOW", "2026-10-03T23:12:01+08:00")
    old = cards("cards", "verify", token, "--json")
    assert old.code == 1 and "截图" in json.loads(old.out)["errors"][0]["message"]


def test_a_card_is_verified_offline_with_the_published_keys_alone(
    cards: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yihui.bootstrap import Settings, build_wiring
    from yihui.services.members.card_keys import load_public_keys

    token, file, elsewhere = issued(cards)["token"], tmp_path / "keys.json", tmp_path / "elsewhere"
    wiring = build_wiring(Settings(str(tmp_path / "yihui.db"), tmp_path))
    file.write_text(json.dumps(load_public_keys(wiring).as_jwks()))
    wiring.close()
    elsewhere.mkdir()
    (elsewhere / ".yihui-demo").touch()
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(elsewhere))
    done = cards("cards", "verify", token, "--keys", file)
    assert done.code == 0 and "真卡" in done.out
    assert sorted(path.name for path in elsewhere.iterdir()) == [".yihui-demo"], "no database, no key"
    off = cards("cards", "verify", token, "--keys", file, "--union-time", "2026-10-03T23:05+08:00")
    assert off.code == 1 and "相差 5 分钟" in off.err
    assert cards("cards", "verify", token, "--union-time", NOW).code == 2
    file.write_text("{}")
    bad = cards("cards", "verify", token, "--keys", file)
    assert bad.code == 1 and "keys.json" in bad.err
    assert cards("cards", "verify", token, "--keys", tmp_path / "none.json").code != 0


def test_a_key_from_a_setting_is_rotated_by_changing_it(
    cards: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIHUI_CARD_KEY", "a" * 32)
    issued(cards)
    refused = cards("cards", "keys", "rotate", "--as", "li.min")
    assert refused.code == 1 and "YIHUI_CARD_KEY" in refused.err
    monkeypatch.setenv("YIHUI_CARD_KEY", "b" * 32)
    assert "rotate" in cards("cards", "code", "m-1").err
    assert cards("cards", "keys", "rotate", "--as", "li.min").code == 0
    assert cards("cards", "code", "m-1").code == 0
    monkeypatch.setenv("YIHUI_CARD_KEY", "short")
    assert "至少要 32 字节" in cards("cards", "code", "m-1").err


def test_keys_rotate_and_retire(cards: Command) -> None:
    before = issued(cards)["token"]
    assert cards("cards", "keys", "rotate", "--as", "li.min").code == 0
    ids = [key["id"] for key in json.loads(cards("cards", "keys", "list", "--json").out)]
    after = issued(cards)["token"]
    assert sorted(cards("cards", "keys", "retire", id_, "--as", "li.min").code for id_ in ids) == [0, 1]
    assert sorted(cards("cards", "verify", token).code for token in (before, after)) == [0, 1]
