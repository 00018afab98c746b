"""Find the vouchers and goods whose last day a day is, and that their members have not used up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from benefits.tables.decisions import grants
from benefits.tables.draws import lapses
from benefits.tables.transactions import grant_balances

PAGE_ROWS = 500
_ENDING_KINDS = ("voucher", "item")


@dataclass(frozen=True, slots=True)
class EndingVouchers:
    """A member's vouchers under one rule that end on a day, and how many they are."""

    member_id: str
    rule_id: str
    on: date
    count: int


def count_ending_vouchers(connection: Connection, day: date) -> int:
    """Return how many items ``find_ending_vouchers`` yields."""
    return connection.execute(select(func.count()).select_from(_ending(day).subquery())).scalar_one()


def find_ending_vouchers(connection: Connection, day: date) -> Iterator[tuple[int, list[EndingVouchers]]]:
    """Yield what ends on a day, page by page, with the number read so far.

    What expired since counts as well: a schedule that makes up for a week finds the same as on the day.
    """
    rows = iter(connection.execution_options(yield_per=PAGE_ROWS).execute(_ending(day)))
    read = 0
    while page := list(islice(rows, PAGE_ROWS)):
        read += len(page)
        yield read, [EndingVouchers(row.member_id, row.rule_id, day, row.number) for row in page]


def _ending(day: date) -> Select[Any]:
    balance = grant_balances.c
    moved = select(balance.grant_id).where(balance.grant_id == grants.c.id)
    unused = moved.where(balance.promised + balance.issued + balance.expired > 0)
    lapsed = select(lapses.c.grant_id).where(lapses.c.grant_id == grants.c.id)
    return (
        select(grants.c.member_id, grants.c.rule_id, func.count().label("number"))
        .where(
            grants.c.expires_on == day,
            grants.c.kind.in_(_ENDING_KINDS),
            or_(~moved.exists(), unused.exists()),
            ~lapsed.exists(),
        )
        .group_by(grants.c.member_id, grants.c.rule_id)
        .order_by(grants.c.member_id, grants.c.rule_id)
    )
