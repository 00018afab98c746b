"""One way to read the rules as they hold: lint, show, test and draft see files and approved versions alike."""

from datetime import date
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from yihui.services.rules.drafts import DraftOptions, fill_template

AFTER = """\
depends:
  - {after: OTHER, else: 要先领过另一项, remedy: 先去领另一项}
"""


def rule_file(folder: Path, id: str, more: str = "", **changes: str) -> Path:
    text = fill_template("item", DraftOptions(date(2026, 11, 21), id)) + more
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    file = folder / f"{id}.yaml"
    file.write_text(text, "utf-8")
    return file


def approve(yihui: Command, file: Path, *options: str) -> None:
    submitted = yihui("rules", "submit", file, "--as", "zhang", *options)
    assert submitted.code == 0, submitted.words
    approved = yihui("rules", "approve", file.stem, "--as", "li")
    assert approved.code == 0, approved.words


def test_lint_knows_a_rule_that_lives_only_in_the_database(yihui: Command, tmp_path: Path) -> None:
    approve(yihui, rule_file(tmp_path, "heat-pack"))
    cup = rule_file(tmp_path, "cup", AFTER.replace("OTHER", "heat-pack"))
    done = yihui("rules", "lint", cup)
    assert done.code == 0, done.words


@pytest.mark.endure
def test_a_faulty_file_in_the_folders_is_named_and_hides_no_shipped_rule(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    rule_file(folder, "broken").write_text("id: broken\ntitel: x\n", "utf-8")
    monkeypatch.setenv("YIHUI_RULES", str(folder))
    done = yihui("rules", "lint", rule_file(tmp_path, "cup", AFTER.replace("OTHER", "birthday-cake")))
    assert done.code == 1
    assert "titel" in done.out
    assert "cup.yaml" not in done.out


@pytest.mark.endure
def test_lint_of_a_draft_that_takes_over_needs_no_other_date(yihui: Command, tmp_path: Path) -> None:
    """The draft depends on another rule, so that the versions in force are read beside it."""
    approve(yihui, rule_file(tmp_path, "heat-pack"))
    draft = tmp_path / "next.yaml"
    assert yihui("rules", "draft", "--from", "heat-pack", "--to", draft, "--begins", "2026-12-01").code == 0
    draft.write_text(draft.read_text("utf-8") + AFTER.replace("OTHER", "birthday-cake"), "utf-8")
    done = yihui("rules", "lint", draft)
    assert done.code == 0, done.words


# --- drafts


def test_an_id_or_an_owner_that_is_none_is_refused_at_once(yihui: Command, tmp_path: Path) -> None:
    for option in ("--id=Tea", "--id=茶", "--owner=37020"):
        assert yihui("rules", "draft", "--from", "voucher", option, "--to", tmp_path / "x.yaml").code == 1
        assert not (tmp_path / "x.yaml").exists()


@pytest.mark.parametrize("source", ["voucher"])
def test_an_id_of_another_rule_is_refused_at_once(yihui: Command, tmp_path: Path, source: str) -> None:
    done = yihui("rules", "draft", "--from", source, "--id", "birthday-cake", "--to", tmp_path / "x.yaml")
    assert done.code == 1
    assert "生日送蛋糕" in done.err and "370000" in done.err


def test_a_next_version_keeps_its_owner_and_another_one_is_refused(yihui: Command, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    refused = yihui("rules", "draft", "--from", "birthday-cake", "--owner", "370200", "--to", file)
    assert refused.code == 1
    assert "370200" in refused.err and "--id" in refused.err
    assert yihui("rules", "draft", "--from", "birthday-cake", "--owner", "370000", "--to", file).code == 0
