"""An officer's whole way on the command line: from a printed notice to what is taken back."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.yihui.commands import Command, Done
from tools.servers.sending import Sender


class Office:
    """A command line on one database, on a day that goes on."""

    def __init__(self, yihui: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.yihui, self.folder, self.monkeypatch, self.send = yihui, folder, monkeypatch, Sender()
        self.runs = 0

    def on(self, day: str) -> None:
        self.monkeypatch.setenv("YIHUI_NOW", f"{day}T12:00+08:00")

    def rules(self, *arguments: object, lang: str = "zh") -> Done:
        return self.yihui("rules", *arguments, lang=lang)

    def run(self, *lines: str) -> dict[str, int]:
        self.runs += 1
        events = self.folder / f"events-{self.runs}.jsonl"
        events.write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = self.yihui("run", events, "--json")
        assert done.code == 0, done.words
        told: dict[str, int] = json.loads(done.out)
        return told

    def why(self, member: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(
            self.yihui("benefits", "why", "--member", member, "--json").out
        )["decisions"]
        return found

    def confirm(self, *group: str, number: int) -> dict[str, Any]:
        """A proposal that another officer confirmed."""
        done = self.yihui("approvals", *group, "confirm", number, "--as", "li.min", "--json")
        assert done.code == 0, done.words
        result: dict[str, Any] = json.loads(done.out)
        return result


@pytest.fixture
def office(yihui: Command, migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    shutil.copy(migrated_file, tmp_path / "yihui.db")
    return Office(yihui, tmp_path, monkeypatch)


def test_an_officers_whole_way(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "festival.yaml"
    office.on("2026-04-30")
    drafted = office.rules(
        "draft", "--from", "voucher", "--to", file, "--id", "festival", "--begins", "2026-05-01"
    )
    assert drafted.code == 0, drafted.words
    assert "依据" in file.read_text("utf-8"), "a draft explains itself in Chinese"
    assert office.rules("draft", "--from", "voucher", "--to", file).code == 1, "a file is never overwritten"

    assert office.rules("lint", file).code == 0

    office.run(office.send.imported("m-9"), office.send.birthday("m-9", "2026-04-20"))
    simulated = office.rules("simulate", file, "--backdate", "--json")
    assert simulated.code == 0, simulated.words
    told = json.loads(simulated.out)
    assert (told["present"]["granted"], told["proposed"]["granted"]) == (1, 2), (
        "the cake, and the draft's voucher"
    )

    assert office.rules("submit", file, "--as", "li.min").code == 0
    own = office.rules("approve", "festival", "--as", "Li.Min")
    assert own.code == 1
    assert "不能由本人批准" in own.err
    assert office.run(office.send.imported(), office.send.birthday(on="2026-04-30"))["granted"] == 1, (
        "the cake of the province; the draft doesn't hold yet"
    )

    approved = office.rules("approve", "festival", "--as", "gh-017")
    assert approved.code == 0, approved.words
    office.on("2026-05-20")
    assert office.run(office.send.imported("m-2"), office.send.birthday("m-2"))["granted"] == 2

    stopped = office.rules("stop", "festival", "--as", "gh-017", "--reason", "面额写错了")
    assert stopped.code == 0
    told = office.run(office.send.imported("m-3"), office.send.birthday("m-3"))
    assert (told["granted"], told["held"]) == (1, 1)
    held = next(why for why in office.why("m-3") if why["outcome"] == "held")
    assert "面额写错了" in json.dumps(held, ensure_ascii=False)
    words = office.yihui("benefits", "why", "--member", "m-3").out
    assert "尚未决定" in words and "自 2026-05-20 起暂停发放：面额写错了" in words

    waiting = json.loads(office.rules("resume", "festival", "--as", "gh-018", "--json").out)
    own = office.yihui("approvals", "confirm", waiting["number"], "--as", "gh-018")
    assert own.code == 1 and "不能由本人" in own.err
    assert office.confirm(number=waiting["number"])["state"] == "confirmed"
    assert [why["outcome"] for why in office.why("m-3")] == ["granted"] * 2

    wrong = ("reverse", "festival", "--since", "2026-05-01", "--as", "gh-017", "--reason", "面额写错了")
    proposed = office.yihui("reversals", *wrong)
    assert proposed.code == 0, proposed.words
    assert {why["outcome"] for why in office.why("m-2")} == {"granted"}, "nothing is taken back by one person"
    [shown] = json.loads(office.yihui("approvals", "reversals", "list", "--json").out)
    group = ("approvals", "reversals", "confirm", shown["number"], "--as", "li.min")
    for seen in ("0" * 64, shown["digest"][:12]):
        other = office.yihui(*group, "--digest", seen)
        assert other.code == 1 and "与您看到的不同" in other.err, other.err
    assert {why["outcome"] for why in office.why("m-2")} == {"granted"}, "what was not shown is not confirmed"
    taken = office.confirm("reversals", number=shown["number"])
    assert (taken["grants"], taken["members"], taken["amount_fen"]) == (2, 2, 20_000)
    assert office.yihui("reversals", *wrong).code == 1, "once is enough"
    assert {why["outcome"] for why in office.why("m-2")} == {"granted", "reversed"}
    assert "收回" in office.yihui("benefits", "list", "--member", "m-2").out

    verified = office.yihui("ledger", "verify")
    assert verified.code == 0, verified.words
    acts = [act["kind"] for act in json.loads(office.rules("log", "festival", "--json").out)]
    assert acts == ["submitted", "approved", "stopped", "resumed", "reversed"]
    [version] = json.loads(office.rules("versions", "festival", "--json").out)
    assert (version["state"], version["submitted_by"], version["decided_by"]) == (
        "active",
        "li.min",
        "gh-017",
    )


def test_a_retroactive_version_is_approved_only_after_its_changes_were_shown(
    office: Office, tmp_path: Path
) -> None:
    file = tmp_path / "cake.yaml"
    office.on("2026-05-20")
    office.run(office.send.imported(), office.send.birthday(on="2026-05-10"))
    drafted = office.rules("draft", "--from", "birthday-cake", "--to", file, "--begins", "2026-05-01")
    assert drafted.code == 0, drafted.words
    file.write_text(file.read_text("utf-8").replace("value: 20000", "value: 25000"), "utf-8")
    assert office.rules("submit", file, "--as", "li.min", "--takes-over").code == 0
    before = office.yihui("ledger", "export").out
    unseen = office.rules("approve", "birthday-cake", "--as", "gh-017")
    assert unseen.code == 1
    assert "金额会改变: 1" in unseen.out and "--retroactive-seen" in unseen.err
    approved = office.rules("approve", "birthday-cake", "--as", "gh-017", "--retroactive-seen", "--json")
    assert json.loads(approved.out)["past"]["turns"] == {"changed": 1}
    assert office.yihui("ledger", "export").out == before, "what was decided stays"
