"""Employers whose members sit in 会员之家: listed, founded, and their members transferred."""

import json
import os
from pathlib import Path

import pytest
from sqlalchemy import select

from store import outbox
from tests.yihui.cli.conftest import run_events
from tests.yihui.commands import Command, Done, commands_in
from tools.servers.sending import Sender
from yihui.bootstrap import build_wiring, load_settings

HOMES = ("370102001-00001", "370102001-00002")
UNION = "370102001-00090"
EMPLOYER = "泉城物流（济南）有限公司"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two homes; five members of one employer, four active; three of another; one who doesn't say."""
    send, folder = Sender(), tmp_path_factory.mktemp("built")
    employers = [EMPLOYER, "泉城物流(济南)有限公司", f" {EMPLOYER} ", EMPLOYER, EMPLOYER, *["趵突快递"] * 3]
    lines = [
        *(
            send.imported(f"m-{n}", organisation=HOMES[n % 2], employer=one)
            for n, one in enumerate(employers)
        ),
        send.imported("m-8", organisation=HOMES[0]),
        send.imported("m-9", organisation="370102001-00003", employer=EMPLOYER),
        send("member.profile_changed", "m-4", "2026-09-01T10:00:00+08:00", status="suspended"),
    ]
    with commands_in(folder) as yihui:
        for code in HOMES:
            more = ("--kind", "member_home", "--as", "li.min", "--on", "2020-01-01")
            done = yihui("organisations", "found", "--code", code, "--name", f"会员之家{code[-1]}", *more)
            assert done.code == 0, done.words
        run_events(yihui, folder, lines)
    return folder


@pytest.fixture
def homes(prepared: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_FOUNDING_MEMBERS", "4")
    return prepared


def accept(homes: Command, employer: str = EMPLOYER, *more: str, code: str = UNION) -> Done:
    return homes(
        "organisations", "proposals", "accept", employer, "--code", code, "--name", "泉城物流工会", "--as", "li.min", *more
    )  # fmt: skip


def organisation_of(homes: Command, member: str) -> str:
    return str(json.loads(homes("members", "show", member, "--json").out)["organisation"])


def test_employers_with_enough_active_members_are_listed_with_numbers(homes: Command) -> None:
    plain = "泉城物流(济南)有限公司"
    told = json.loads(homes("organisations", "proposals", "list", "--json").out)
    assert told == [{"employer": plain, "members": 4, "homes": 2, "union": None}]
    shown = json.loads(homes("organisations", "proposals", "show", EMPLOYER, "--json").out)
    assert shown["homes"] == [{"home": code, "members": 2} for code in HOMES]
    assert "趵突快递" in homes("organisations", "proposals", "list", "--least", "3").out
    assert "没有" in homes("organisations", "proposals", "list", "--least", "5").out


def test_accepting_founds_the_union_and_transfers_its_members(homes: Command) -> None:
    done = accept(homes)
    assert done.code == 0, done.words
    assert "泉城物流工会" in done.out
    assert [organisation_of(homes, f"m-{n}") for n in range(4)] == [UNION] * 4
    assert organisation_of(homes, "m-4") == HOMES[0], "a suspended member stays"
    assert organisation_of(homes, "m-5") == HOMES[1]
    assert homes("organisations", "proposals", "list").out.startswith("没有")
    wiring = build_wiring(load_settings(os.environ))
    with wiring.database.read() as connection:
        texts = [str(row) for row in connection.execute(select(outbox))]
    wiring.close()
    for told in ("membership.begun", "membership.ended"):
        assert sum(told in text for text in texts) == 4


def test_what_can_not_be_accepted_changes_nothing(homes: Command) -> None:
    for employer, code, words in (
        ("趵突快递", UNION, "3 人"),
        ("没听说过的公司", UNION, "没听说过的公司"),
        (EMPLOYER, HOMES[0], "已"),
        (EMPLOYER, "12", "12"),
    ):
        refused = accept(homes, employer, code=code)
        assert refused.code in (1, 2)
        assert words in refused.err
        assert [organisation_of(homes, f"m-{n}") for n in range(4)] == [HOMES[n % 2] for n in range(4)]


def test_an_employer_that_has_a_union_is_sent_there(homes: Command) -> None:
    founded = homes(
        "organisations", "found", "--code", UNION, "--name", f"{EMPLOYER}工会委员会", "--as", "li.min"
    )
    assert founded.code == 0
    assert UNION in homes("organisations", "proposals", "list", "--json").out
    refused = accept(homes, code="370102001-00091")
    assert refused.code == 1 and UNION in refused.err and "members transfer" in refused.err
