"""Every end of a grant is told, also of one that was worth nothing."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

from sqlalchemy import select

from benefits import Officer, ReversalCriteria, admit_and_record, apply_reversal
from benefits.lifecycle.claims import lapse_unclaimed
from benefits.messages.payloads import _TYPES, BENEFIT_PAYLOADS
from benefits.model.moves import MoveKind
from store import Database, outbox
from tests.transactions import rows_in, write_in
from tools.servers.deciding import DAY, NOW, Decided, Wish

OFFICER = Officer("li.min", NOW, NOW.date(), "标准写错了")
NOTHING = Wish(kind="voucher", amount_fen=0)


def told(database: Database) -> list[tuple[str, str, object]]:
    rows = rows_in(database, select(outbox).order_by(outbox.c.sequence))
    return [(row.type, row.key, json.loads(row.data).get("reason")) for row in rows]


def granted(database: Database, *decided: Decided) -> None:
    rulings = write_in(database, admit_and_record, decided, NOW)
    assert {ruling.outcome for ruling in rulings} == {"granted"}


def to_be_claimed(decided: Decided, claim_by: date) -> Decided:
    facts, decision = decided
    return facts, replace(decision, benefits=tuple(replace(b, claim_by=claim_by) for b in decision.benefits))


def test_every_kind_of_move_has_a_type_of_the_catalogue() -> None:
    assert set(_TYPES) | {"promise"} >= set(get_args(MoveKind))
    assert set(_TYPES.values()) <= set(BENEFIT_PAYLOADS)


def test_the_world_hears_that_a_grant_of_nothing_is_taken_back_and_once(database: Database) -> None:
    granted(database, NOTHING.decided(), Wish(member="m-2").decided())
    for _ in range(2):
        write_in(database, apply_reversal, OFFICER, ReversalCriteria("pack", since=DAY))
    assert sorted(told(database)[2:]) == [
        ("benefit.reversed", "m-1", "标准写错了"),
        ("benefit.reversed", "m-2", "标准写错了"),
    ]


def test_the_world_hears_that_a_grant_of_nothing_has_lapsed_and_once(database: Database) -> None:
    granted(database, to_be_claimed(NOTHING.decided(), DAY), to_be_claimed(Wish(member="m-2").decided(), DAY))
    for _ in range(2):
        write_in(database, lapse_unclaimed, NOW, DAY + timedelta(days=1))
    assert sorted(told(database)[2:]) == [
        ("benefit.expired", "m-1", "unclaimed"),
        ("benefit.expired", "m-2", "unclaimed"),
    ]
