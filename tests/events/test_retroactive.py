"""A version that reaches back says which decisions it would have taken otherwise, and what can't be told."""

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete

from events.retroactive import RetroactiveEffect, compute_retroactive_effect
from events.tables import journal
from rules import RuleLibrary, load_library
from store import Database
from tests.transactions import change_in, read_in
from tools.servers.sending import NOW, Sender, handle_in, ledger

_HEAD = """
id: skills
title: 示例
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2026-01-01, until: 2026-12-31}
on: member.skill_certified
"""
_LEVEL = "event.level in ['高级工', '技师']"
OLD = 'require: [{that: "LEVEL", else: 等级不够, remedy: 请升级}]\nbenefit: {kind: cash, amount_fen: 1000}\n'.replace(
    "LEVEL", _LEVEL
)


def library(
    body: str = OLD, limit: str = "limit: {times: 1, per: [member], every: calendar_year}\n"
) -> RuleLibrary:
    return load_library([("skills.yaml", _HEAD + body + limit)])


def looked_back(database: Database, body: str) -> RetroactiveEffect:
    changed = library(body)
    return read_in(database, compute_retroactive_effect, changed.rules[0], changed, NOW.date())


@pytest.fixture
def decided(database: Database) -> Database:
    """One granted, one refused by the rule, one refused since the limit was reached."""
    send = Sender()
    lines = [send.imported("m-1"), send.imported("m-2"), send.certified("m-1"),
             send.certified("m-2", "初级工"), send.certified("m-1", "技师", "2026-05-01")]  # fmt: skip
    rulings = handle_in(database, library(), lines, 10).rulings
    assert sorted(one.outcome for one in rulings) == ["granted", "refused", "refused"]
    return database


CASES: dict[str, tuple[str, dict[str, int]]] = {
    "another sentence changes nothing": (OLD.replace("等级不够", "等级还不够"), {}),
    "a wider condition would have granted": (OLD.replace("'高级工', ", "'初级工', '高级工', "), {"gained": 1}),
    "a narrower one would have refused": (OLD.replace("'高级工', ", ""), {"lost": 1}),
    "another amount": (OLD.replace("1000", "1500"), {"changed": 1}),
    "a fact of the member that was not read then": (OLD.replace(_LEVEL, "member.trade == '快递员'"), {"lost": 1}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_would_have_been(case: str, decided: Database) -> None:
    body, turns = CASES[case]
    before = ledger(decided)
    past = looked_back(decided, body)
    assert (past.examined, dict(past.turns), past.undetermined) == (3, turns, 0)
    assert ledger(decided) == before, "looking back changes nothing"


def test_amounts_are_told(decided: Database) -> None:
    past = looked_back(decided, OLD.replace("1000", "1500"))
    assert (past.was_fen, past.would_be_fen) == (1000, 1500)
    assert [(t.member, t.occurred_on) for t in past.examples] == [("m-1", date(2026, 4, 1))]


def test_what_the_event_said_is_looked_up(decided: Database) -> None:
    past = looked_back(decided, OLD.replace(_LEVEL, "known(event.certificate_digest)"))
    assert (past.undetermined, dict(past.turns)) == (0, {"gained": 1})


@pytest.mark.tampers
def test_what_nobody_kept_is_said(decided: Database) -> None:
    change_in(decided, delete(journal))
    past = looked_back(decided, OLD.replace(_LEVEL, "known(event.certificate_digest)"))
    assert past.undetermined == 3
    assert past.needs_review


def test_another_event_can_tell_nothing_of_the_past(decided: Database) -> None:
    text = (
        _HEAD.replace("member.skill_certified", "member.birthday") + "benefit: {kind: cash, amount_fen: 1}\n"
    )
    changed = load_library([("skills.yaml", text)])
    past: Any = read_in(decided, compute_retroactive_effect, changed.rules[0], changed, NOW.date())
    assert past.undetermined == 3


def test_a_version_that_begins_later_has_no_past(decided: Database) -> None:
    later = load_library([("skills.yaml", (_HEAD + OLD).replace("2026-01-01", "2026-12-01"))])
    assert read_in(decided, compute_retroactive_effect, later.rules[0], later, NOW.date()).examined == 0


def test_the_very_version_that_decided_says_nothing(decided: Database) -> None:
    assert looked_back(decided, OLD).examined == 0


@pytest.mark.parametrize(("was", "would_be"), [("", "grace: P90D\n"), ("grace: P91D\n", "grace: P90D\n")])
def test_what_became_known_too_late_would_have_been_refused(
    database: Database, was: str, would_be: str
) -> None:
    send = Sender()
    event = json.loads(send.certified("m-1", on="2026-04-01"))
    lines = [send.imported("m-1"), json.dumps({**event, "recordedtime": "2026-07-01T09:00:00+08:00"})]
    assert [one.outcome for one in handle_in(database, library(OLD + was), lines, 10).rulings] == ["granted"]
    assert dict(looked_back(database, OLD + would_be).turns) == {"lost": 1}
    assert dict(looked_back(database, OLD + "grace: P92D\n").turns) == {}
