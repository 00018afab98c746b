"""What a city makes of a province's rule is handed in, approved by a colleague, in force, ended: like a version; shown and linted."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.yihui.commands import Command, Done
from tools.servers.sending import Sender

pytestmark = pytest.mark.usefixtures("migrated")

ADAPTED = """\
adapts: birthday-cake
owner: "370200"
title: 青岛生日蛋糕券
basis: [{kind: example, note: 示例}]
in_force: {from: 2026-05-01}
set: {amount: 25000}
"""
ID = "birthday-cake@370200"


class Office:
    """A command line on one database, on a day that goes on."""

    def __init__(self, yihui: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.yihui, self.folder, self.monkeypatch, self.send = yihui, folder, monkeypatch, Sender()
        self.files = 0

    def on(self, day: date) -> None:
        self.monkeypatch.setenv("YIHUI_NOW", f"{day}T12:00+08:00")

    def file(self, text: str, name: str = "city.yaml") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def rules(self, *arguments: object) -> Done:
        return self.yihui("rules", *arguments)

    def approved(self, text: str, *options: object) -> None:
        handed_in = self.rules("submit", self.file(text), "--as", "li.min", "--json", *options)
        assert handed_in.code == 0, handed_in.words
        approved = self.rules(
            "approve", json.loads(handed_in.out)["hash"], "--as", "gh-017", "--retroactive-seen"
        )
        assert approved.code == 0, approved.words

    def birthday(self, member: str, day: str) -> int | None:
        """What a member is granted, in fen; who joined in Qingdao unless his name says Jinan."""
        self.files += 1
        code = "370102001" if member.startswith("jinan") else "370202001"
        lines = [self.send.imported(member, organisation=code), self.send.birthday(member, day)]
        done = self.yihui("run", self.file("\n".join(lines) + "\n", f"e{self.files}.jsonl"), "--json")
        assert done.code == 0, done.words
        found = json.loads(self.yihui("benefits", "list", "--member", member, "--json").out)
        amounts = [grant["amount_fen"] for grant in found if grant["rule_id"] == "birthday-cake"]
        return amounts[-1] if amounts else None

    def versions(self) -> dict[str, tuple[str, str | None]]:
        """State and last day, by first day."""
        found = json.loads(self.rules("versions", ID, "--json").out)
        return {version["since"]: (version["state"], version["until"]) for version in found}


@pytest.fixture
def office(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(yihui, tmp_path, monkeypatch)


def test_an_adaptation_is_in_force_by_approval_and_leaves_the_rule_above_alone(office: Office) -> None:
    office.on(date(2026, 5, 1))
    handed_in = office.rules("submit", office.file(ADAPTED), "--as", "li.min")
    assert handed_in.code == 0 and ID in handed_in.words and "青岛生日蛋糕券" in handed_in.words
    assert office.versions() == {"2026-05-01": ("submitted", None)}
    assert office.birthday("m-1", "2026-05-01") == 20_000, "what waits decides nothing"
    assert office.rules("approve", ID, "--as", "li.min").code == 1, "nobody approves his own"
    done = office.rules("approve", ID, "--as", "gh-017", "--retroactive-seen")
    assert done.code == 0, done.words
    assert office.versions() == {"2026-05-01": ("active", None)}
    assert office.birthday("m-2", "2026-05-01") == 25_000
    assert office.birthday("jinan-1", "2026-05-01") == 20_000
    shown = office.rules("show", "birthday-cake", "--at", "370202", "--on", "2026-05-02").out
    assert f"{ID}@" in shown and "250 元" in shown


def test_stopping_the_rule_stops_what_a_city_made_of_it(office: Office) -> None:
    office.on(date(2026, 5, 1))
    office.approved(ADAPTED)
    assert office.rules("stop", "birthday-cake", "--as", "gh-017", "--reason", "核查").code == 0
    assert office.versions() == {"2026-05-01": ("stopped", None)}
    assert office.birthday("m-1", "2026-05-01") is None


@pytest.mark.endure
def test_a_past_of_a_city_is_that_of_its_own_members(office: Office) -> None:
    office.on(date(2026, 5, 10))
    assert office.birthday("m-1", "2026-05-02") == office.birthday("jinan-1", "2026-05-03") == 20_000
    done = office.rules("submit", office.file(ADAPTED), "--as", "li.min", "--json")
    past = json.loads(done.out)["past"]
    assert (past["looked_at"], past["turns"], past["would_be_fen"]) == (1, {"changed": 1}, 25_000)


@pytest.mark.endure
@pytest.mark.parametrize("draft", [ADAPTED, "the rule above"])
def test_a_draft_of_either_level_is_simulated_with_the_other(office: Office, draft: str) -> None:
    """A draft of the rule above is merged anew with what a city made of it."""
    office.on(date(2026, 5, 1))
    office.birthday("m-1", "2026-05-01")
    if draft != ADAPTED:
        office.approved(ADAPTED)
        from yihui.services.rules.rules import SHIPPED_RULES, base_texts

        draft = dict(base_texts([SHIPPED_RULES]).texts)["rules/library/birthday-cake.yaml"].replace(
            "else: 会籍已暂停", "else: 会籍还没有激活"
        )
    done = office.rules("simulate", office.file(draft, "draft.yaml"), "--json")
    assert done.code == 0, done.words
    told = json.loads(done.out)
    assert told["proposed"]["granted"] == 1 and told["proposed"]["amount_fen"] == 25_000, told["proposed"]


FOLDER_RULE = """\
id: tea
title: 暑期清凉
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2026-01-01, until: 2026-12-31}
on: weather.heat_warned
parameters:
  amount: {title: 面额, value: 1000, unit: fen, least: 500, most: 2000}
require:
  - {that: "event.temperature_c >= 37", else: 未到37度, remedy: 等待高温预警}
benefit: {kind: cash, amount_fen: param.amount}
limit: {times: 1, per: [member], every: month}
budget: tea
lower_levels: {may_set: [amount]}
"""
FOLDER_CITY = """\
adapts: tea
owner: "370200"
title: 青岛清凉
basis: [{kind: example}]
in_force: {from: 2026-06-01}
set: {amount: 1500}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    monkeypatch.setenv("YIHUI_RULES", str(folder))
    (folder / "tea.yaml").write_text(FOLDER_RULE, "utf-8")
    (folder / "qingdao.yaml").write_text(FOLDER_CITY, "utf-8")
    return folder


def test_the_rule_is_shown_as_the_level_above_the_organisation_adapted_it(
    yihui: Command, folder: Path
) -> None:
    done = yihui("rules", "show", "tea", "--at", "370202", "--on", "2026-07-01")
    assert done.code == 0
    assert "青岛清凉" in done.out and "param.amount：面额  15 元" in done.out
    assert "暑期清凉" in yihui("rules", "show", "tea", "--at", "370300", "--on", "2026-07-01").out


def test_lint_of_an_adaptation_alone_looks_at_the_rules_shipped(yihui: Command, tmp_path: Path) -> None:
    file = tmp_path / "alone.yaml"
    file.write_text(FOLDER_CITY.replace("adapts: tea", "adapts: birthday-cak"), "utf-8")
    done = yihui("rules", "lint", file)
    assert done.code == 1
    assert done.out.count("\n") == 2  # nothing about the files beside it
    assert "birthday-cake" in done.out


@pytest.mark.endure
def test_what_was_approved_is_shown_with_what_a_folder_makes_of_it(
    yihui: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert yihui("rules", "submit", folder / "tea.yaml", "--as", "zhang").code == 0
    assert yihui("rules", "approve", "tea", "--as", "li").code == 0
    assert yihui("rules", "show", "tea").code == 0  # the folder has it too
    (folder / "tea.yaml").unlink()
    monkeypatch.setenv("YIHUI_RULES", str(folder))
    done = yihui("rules", "show", "tea", "--at", "370202", "--json")
    assert done.code == 0, done.err
    [merged] = json.loads(done.out)
    assert (Path(merged["file"]).name, merged["owner"]) == ("qingdao.yaml", "370200")
    (folder / "qingdao.yaml").unlink()
    plain = yihui("rules", "show", "tea", "--at", "370202", "--json")
    [stated] = json.loads(plain.out)
    assert (stated["file"][:4], stated["owner"]) == ("tea@", "370000")


def test_what_cant_be_shown_is_told(yihui: Command, folder: Path) -> None:
    for arguments, code in (
        (("tea", "--at", "3702"), 2),
        (("tea", "--at", "320000"), 1),
        (("tea", "--at", "370200", "--on", "2025-12-31"), 1),
    ):
        assert yihui("rules", "show", *arguments).code == code
