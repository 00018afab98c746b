"""yihui ledger verify --heads, and the heads beside each backup and export."""

import json
from pathlib import Path

import pytest

from store import open_database
from tests.benefits.deciding import Wish, give
from tests.benefits.origins import receive_events
from tests.yihui.commands import Command


@pytest.fixture
def ledger(yihui: Command, tmp_path: Path) -> Path:
    """A ledger with one sealed grant."""
    path = tmp_path / "yihui.db"
    assert yihui("doctor", "--db", path).code in (0, 1)
    database = open_database(str(path))
    give(database, Wish())
    with database.write() as connection:
        receive_events(connection)
    database.close()
    assert yihui("ledger", "seal").code == 0
    return path


def test_heads_lie_beside_each_backup_and_export_and_prove_them(
    yihui: Command, tmp_path: Path, ledger: Path
) -> None:
    made = yihui("backup", "--to", tmp_path / "monday.yihui", "--json")
    beside = tmp_path / "monday.yihui.heads.json"
    assert json.loads(made.out)["heads"] == str(beside)
    assert yihui("ledger", "export", "--seals", "--out", tmp_path / "ledger.jsonl").code == 0
    of_export = tmp_path / "ledger.jsonl.heads.json"
    heads = json.loads(beside.read_text("utf-8"))["heads"]
    assert heads and heads == json.loads(of_export.read_text("utf-8"))["heads"]
    for file in (beside, of_export):
        assert yihui("ledger", "verify", "--heads", file).code == 0
        assert yihui("ledger", "verify", "--export", tmp_path / "ledger.jsonl", "--heads", file).code == 0
    noted = tmp_path / "noted.json"
    noted.write_text(yihui("ledger", "seal", "--json").out, encoding="utf-8")
    assert yihui("ledger", "verify", "--heads", noted).code == 0


def test_what_an_export_lacks_is_told(yihui: Command, tmp_path: Path, ledger: Path) -> None:
    plain, sealed = tmp_path / "plain.jsonl", tmp_path / "sealed.jsonl"
    assert yihui("ledger", "export", "--out", plain).code == 0
    assert yihui("ledger", "export", "--seals", "--out", sealed).code == 0
    said = {file: yihui("ledger", "verify", "--export", file) for file in (plain, sealed)}
    assert {done.code for done in said.values()} == {0}
    assert "这份导出文件没有封条" in said[plain].out
    assert "没有封条" not in said[sealed].out and "尚未开奖的抽签密钥" in said[sealed].out
    extents = [json.loads(yihui("ledger", "verify", "--export", f, "--json").out)["extent"] for f in said]
    assert extents == ["export", "sealed_export"]
    whole = yihui("ledger", "verify")
    assert "没有封条" not in whole.out and "密钥" not in whole.out


def test_a_rewritten_head_is_told(yihui: Command, tmp_path: Path, ledger: Path) -> None:
    noted = tmp_path / "noted.json"
    document = json.loads(yihui("ledger", "seal", "--json").out)
    document["heads"][0]["hash"] = "0" * 64
    noted.write_text(json.dumps(document), encoding="utf-8")
    said = yihui("ledger", "verify", "--heads", noted)
    assert said.code == 1
    assert "历史被改写过" in said.out
    assert yihui("ledger", "verify").code == 0


def test_a_backup_that_its_heads_do_not_prove_is_told_when_it_is_restored(
    yihui: Command, tmp_path: Path, ledger: Path
) -> None:
    file, other = tmp_path / "monday.yihui", tmp_path / "other.db"
    assert yihui("backup", "--to", file).code == 0
    beside = tmp_path / "monday.yihui.heads.json"
    document = json.loads(beside.read_text("utf-8"))
    document["heads"][0]["hash"] = "0" * 64
    beside.write_text(json.dumps(document), encoding="utf-8")
    restored = json.loads(yihui("restore", file, "--db", other, "--json").out)
    assert (restored["sound"], restored["count"]) == (False, 1)


@pytest.mark.parametrize("content", ["", "{}", '{"heads": []}', '{"heads": [{"book": 1}]}', "[1, 2]"])
def test_another_file_is_refused(yihui: Command, tmp_path: Path, ledger: Path, content: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(content, encoding="utf-8")
    said = yihui("ledger", "verify", "--heads", file)
    assert said.code == 1
    assert "x.json" in said.err
    assert "→" in said.err


def test_verify_says_what_it_did_not_prove(yihui: Command, ledger: Path) -> None:
    assert "--heads" in yihui("ledger", "verify").out
    told = yihui("ledger", "verify", "--help").out
    assert "能写数据库的人" in told.replace("\n", "").replace(" ", "")
