"""A limit for each household or organisation: the second member of it is refused, whoever comes from elsewhere is not."""

from pathlib import Path

import pytest

from tests.yihui.commands import Command
from tools.servers.sending import Sender

AID = """
id: aid
title: 帮扶金
basis: [{kind: document, document: 《示例办法》, clause: 第一条}]
owner: "370200"
in_force: {from: 2024-01-01, until: 2026-12-31}
on: poll.completed
benefit: {kind: cash, amount_fen: 100}
limit: {times: 1, per: [%s], every: calendar_year}
"""


@pytest.mark.parametrize(
    "fact", ["member.household", pytest.param("member.organisation", marks=pytest.mark.endure)]
)
def test_one_of_each_household_or_organisation_is_granted(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fact: str
) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "aid.yaml").write_text(AID % fact, "utf-8")
    monkeypatch.setenv("YIHUI_RULES", str(folder))
    send, lines = Sender(), []
    for member, group in (("m-1", 1), ("m-2", 1), ("m-3", 2)):
        lines += [
            send.imported(member, organisation=f"370202001-0000{group}"),
            send("member.profile_changed", member, "2020-01-02T12:00:00+08:00", household=f"h-0000{group}"),
        ]
    lines += [send("poll.completed", f"m-{n}", "2026-05-01T12:00:00+08:00", poll="y") for n in (1, 2, 3)]
    (tmp_path / "events.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    told = yihui("run", tmp_path / "events.jsonl").out
    assert "死信 0 条；准予 2 项，未准 1 项" in told and "准予 2 项 帮扶金，合 2 元" in told
    assert yihui("benefits", "list", "--member", "m-2").out == "共 0 项待遇\n"
    assert "已领过 1 次" in yihui("benefits", "why", "--member", "m-2", "--agent").out
    assert yihui("ledger", "verify").code == 0
