"""Drafts that can be used as they are written, what lint sees beside them, and what officers see of changes."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from tests.yihui.services.test_adaptation_approved import ADAPTED
from yihui.services.rules.differences import VersionDifference, compare_rule_files
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.drafts import DraftOptions, fill_template
from yihui.services.rules.rules import SHIPPED_RULES

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
    submit(yihui, draft)
    approve(yihui, "mutual-aid-claim")


def test_a_table_that_is_there_is_never_overwritten(yihui: Command, draft: Path) -> None:
    (draft.parent / TABLE).write_text("{}", "utf-8")
    other = draft.with_name("other.yaml")
    again = ("rules", "draft", "--from", "mutual-aid-claim", "--to", other, "--begins", "2029-01-01")
    assert yihui(*again).code == 1
    assert not other.exists() and (draft.parent / TABLE).read_text("utf-8") == "{}"


CAKE = "birthday-cake"


@pytest.fixture
def next_cake(yihui: Command, tmp_path: Path) -> Path:
    """The next version of a shipped rule, which begins in a year of its own."""
    file = tmp_path / "cake.yaml"
    done = yihui("rules", "draft", "--from", CAKE, "--to", file, "--begins", "2027-01-01")
    assert done.code == 0, done.words
    return file


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def submit(yihui: Command, file: Path, *options: str) -> str:
    done = yihui("rules", "submit", file, "--as", "li.min", "--json", *options)
    assert done.code == 0, done.words
    return str(json.loads(done.out)["hash"])


def approve(yihui: Command, named: str, *options: str) -> str:
    done = yihui("rules", "approve", named, "--as", "gh-017", *options)
    assert done.code == 0, done.words
    return done.out


def test_approve_shows_the_old_and_the_new_value_of_each_key(yihui: Command, next_cake: Path) -> None:
    change(next_cake, "value: 20000", "value: 25000")
    change(next_cake, "expires: P60D", "expires: P90D")
    told = approve(yihui, submit(yihui, next_cake))
    assert "parameters.amount.value: 20000 → 25000（200 元 → 250 元）" in told
    assert "expires: P60D → P90D" in told
    assert "in_force.from: 2024-01-01 → 2027-01-01" in told
    assert "parameters.amount.title" not in told, "what stays is not listed"


@pytest.mark.endure
def test_approve_compares_with_what_holds_now_not_what_is_to_come(yihui: Command, tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    for file, day, until, days in (
        (first, "2027-01-01", "2027-06-30", "P70D"),
        (second, "2027-07-01", "2027-12-31", "P80D"),
    ):
        assert yihui("rules", "draft", "--from", CAKE, "--to", file, "--begins", day).code == 0
        lines = [
            f"in_force: {{from: {day}, until: {until}}}" if line.startswith("in_force") else line
            for line in file.read_text("utf-8").splitlines()
            if not line.startswith(("programme", "expires"))
        ]
        file.write_text("\n".join([*lines, f"expires: {days}", ""]), "utf-8")
        told = approve(yihui, submit(yihui, file))
    assert "expires: P60D → P80D" in told, "P70D is not in force yet"


def test_diff_of_one_rule_compares_what_holds_today_with_its_newest_version(yihui: Command) -> None:
    told = yihui("rules", "diff", "qingdao-1138-junior").out.splitlines()
    assert "- in_force.from: 2024-01-01" in told and "+ in_force.from: 2027-01-01" in told


def test_versions_differ_in_keys_that_come_and_go_in_rows_of_a_table_and_in_amounts() -> None:
    text = fill_template("item", DraftOptions(date(2026, 11, 21), "heat-pack"))
    table = (SHIPPED_RULES.parent / "tables" / "mutual-aid.json").read_text("utf-8")
    before = RuleFile("before.yaml", text, {"t": table})
    after = RuleFile(
        "after.yaml", text.replace("expires:", "grace:"), {"t": table.replace('"800000"', '"900000"')}
    )
    expires, row, grace = compare_rule_files(before, after)
    assert (expires.field, expires.before, expires.after) == ("expires", "P30D", None)
    assert (grace.field, grace.before, grace.after) == ("grace", None, "P30D")
    assert row.field == "table.rows[1]" and row.before and row.after
    assert row.before.endswith("互助金（分） 800000") and row.after.endswith("互助金（分） 900000")
    city = (RuleFile("city.yaml", ADAPTED.replace("25000", amount)) for amount in ("25000", "28000"))
    assert compare_rule_files(*city, ["amount"]) == [VersionDifference("set.amount", "25000", "28000", True)]


AFTER = """\
depends:
  - {after: OTHER, else: 要先领过另一项, remedy: 先去领另一项}
"""


def rule_file(folder: Path, id: str, more: str = "") -> Path:
    text = fill_template("item", DraftOptions(date(2026, 11, 21), id)) + more
    file = folder / f"{id}.yaml"
    file.write_text(text, "utf-8")
    return file


def test_lint_knows_a_rule_that_lives_only_in_the_database(yihui: Command, tmp_path: Path) -> None:
    approve(yihui, submit(yihui, rule_file(tmp_path, "heat-pack")))
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
    approve(yihui, submit(yihui, rule_file(tmp_path, "heat-pack")))
    draft = tmp_path / "next.yaml"
    assert yihui("rules", "draft", "--from", "heat-pack", "--to", draft, "--begins", "2026-12-01").code == 0
    draft.write_text(draft.read_text("utf-8") + AFTER.replace("OTHER", "birthday-cake"), "utf-8")
    done = yihui("rules", "lint", draft)
    assert done.code == 0, done.words


@pytest.mark.parametrize(
    ("source", "option", "words"),
    [
        ("voucher", "--id=Tea", "Tea"),
        ("voucher", "--id=茶", "茶"),
        ("voucher", "--owner=37020", "37020"),
        ("voucher", "--id=birthday-cake", "生日送蛋糕"),  # another rule's
        ("birthday-cake", "--owner=370200", "370000"),  # a next version keeps its owner
    ],
)
def test_an_id_or_an_owner_that_the_draft_cant_have_is_refused_at_once(
    source: str, option: str, words: str, yihui: Command, tmp_path: Path
) -> None:
    done = yihui("rules", "draft", "--from", source, option, "--to", tmp_path / "x.yaml")
    assert done.code == 1 and words in done.err
    assert not (tmp_path / "x.yaml").exists()


def test_a_rule_of_another_union_is_drafted_with_a_budget_of_its_own(yihui: Command, tmp_path: Path) -> None:
    draft = ("rules", "draft", "--from", "birthday-cake", "--begins", "2027-01-01")
    for id_, owner, budget in (
        ("county-cake", "370102", "county-cake"),
        ("own-cake", "370000", "birthday-cake"),
    ):
        file = tmp_path / f"{id_}.yaml"
        assert yihui(*draft, "--id", id_, "--owner", owner, "--to", file).code == 0
        assert f"\nbudget: {budget}\n" in file.read_text("utf-8")
