"""yihui run says what lapsed, expired and moved up since the last run, by rule, and not only what it decided."""

import json
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from tools.servers.sending import Sender

RULE = """
id: seat
title: 夏令营名额
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2026-01-01, until: 2026-12-31}
on: poll.completed
benefit: {kind: voucher, amount_fen: 20000}
limit: {times: 1, per: [member], every: calendar_year}
allocate: {mode: first_come, quota: 1, every: calendar_year, waiting_list: true}
claim: {within: P3D}
expires: P10D
"""


@pytest.fixture
def office(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Office":
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "seat.yaml").write_text(RULE, "utf-8")
    monkeypatch.setenv("YIHUI_RULES", str(folder))
    return Office(yihui, tmp_path, monkeypatch)


class Office:
    """Runs events on a day; members m-1 and m-2 take part in a poll on 1 May."""

    def __init__(self, yihui: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.yihui, self.folder, self.monkeypatch, self.send = yihui, folder, monkeypatch, Sender()
        people = [self.send.imported(m) for m in ("m-1", "m-2", "m-3")]
        polls = [
            self.send("poll.completed", m, "2026-05-01T09:00:00+08:00", poll="y") for m in ("m-1", "m-2")
        ]
        self.run("2026-05-01", [*people, *polls])

    def run(self, day: str, lines: list[str] | None = None, *more: str) -> str:
        self.monkeypatch.setenv("YIHUI_NOW", f"{day}T20:00+08:00")
        file = self.folder / "events.jsonl"
        quiet = [self.send("member.card_activated", "m-3", f"{day}T09:00:00+08:00")]
        file.write_text("\n".join(lines or quiet) + "\n", "utf-8")
        done = self.yihui("run", file, *more)
        assert done.code == 0, done.words
        return done.out


def test_what_lapsed_and_who_moved_up_is_told_by_rule_with_its_worth(office: Office) -> None:
    assert json.loads(office.run("2026-05-02", None, "--json"))["upkeep"] == []
    upkeep = json.loads(office.run("2026-05-05", None, "--json"))["upkeep"]
    assert upkeep == [
        {"kind": "lapsed", "rule": "seat", "title": "夏令营名额", "count": 1, "amount_fen": 20_000, "example": "m-1"},
        {"kind": "moved_up", "rule": "seat", "title": "夏令营名额", "count": 1, "amount_fen": 20_000, "example": "m-2"},
    ]  # fmt: skip
