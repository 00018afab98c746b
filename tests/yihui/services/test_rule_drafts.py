"""Drafts that can be used as they are written: tables lie beside them."""

import json
from pathlib import Path

import pytest

from tests.yihui.commands import Command

pytestmark = pytest.mark.usefixtures("migrated")

TABLE = Path("tables", "mutual-aid-2029-01-01.json")


@pytest.fixture
def draft(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIHUI_NOW", "2026-11-20T12:00+08:00")
    file = tmp_path / "aid.yaml"
    done = yihui("rules", "draft", "--from", "mutual-aid-claim", "--to", file, "--begins", "2029-01-01")
    assert done.code == 0, done.words
    return file


def test_a_rule_is_drafted_with_a_table_of_its_own_and_goes_its_way(yihui: Command, draft: Path) -> None:
    assert str(TABLE) in draft.read_text("utf-8") and (draft.parent / TABLE).is_file()
    linted = yihui("rules", "lint", draft)
    assert linted.code == 0, linted.words
    submitted = yihui("rules", "submit", draft, "--as", "li.min")
    assert submitted.code == 0, submitted.words
    approved = yihui("rules", "approve", "mutual-aid-claim", "--as", "gh-017")
    assert approved.code == 0, approved.words


@pytest.mark.endure
def test_who_approves_sees_what_differs_in_a_table(yihui: Command, draft: Path) -> None:
    table = draft.parent / TABLE
    assert "互助金" not in yihui("rules", "diff", "mutual-aid-claim", draft).out, "the rows are the same"
    table.write_text(table.read_text("utf-8").replace('"800000"', '"900000"'), "utf-8")
    told = yihui("rules", "diff", "mutual-aid-claim", draft).out
    [before, after] = [line for line in told.splitlines() if "table.rows" in line]
    assert before.startswith("- table.rows[1]: ") and before.endswith("互助金（分） 800000")
    assert after.startswith("+ table.rows[1]: ") and after.endswith("互助金（分） 900000")
    assert yihui("rules", "submit", draft, "--as", "li.min").code == 0
    versions = json.loads(yihui("rules", "versions", "mutual-aid-claim", "--json").out)
    [handed_in] = [version["hash"] for version in versions if version["state"] == "submitted"]
    shipped = next(version["hash"] for version in versions if version["state"] == "active")
    assert "900000" in yihui("rules", "diff", shipped, handed_in).out


def test_a_table_that_is_there_is_never_overwritten(yihui: Command, draft: Path) -> None:
    (draft.parent / TABLE).write_text("{}", "utf-8")
    other = draft.with_name("other.yaml")
    again = ("rules", "draft", "--from", "mutual-aid-claim", "--to", other, "--begins", "2029-01-01")
    assert yihui(*again).code == 1
    assert not other.exists() and (draft.parent / TABLE).read_text("utf-8") == "{}"
