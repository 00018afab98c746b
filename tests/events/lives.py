"""Lives of a ledger: seeded streams of all that can happen to it, step by step.

A step is one transaction's work. Done again after it was done, it changes nothing: whoever got no answer
asks again. What a step does follows from its seed and from what the ledger holds then, so that a life
that was cut short as often as you like must come to the same ledger as one that never was.
"""

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Select, select

from benefits import (
    ActRefused,
    BankReturn,
    BankReturnLine,
    BudgetBelowPromises,
    Move,
    MoveRefused,
    Officer,
    PaymentOrder,
    PayoutBatch,
    PayoutCriteria,
    ReversalCriteria,
    apply_bank_return,
    apply_reversal,
    canonical_export_lines,
    create_payout_batch,
    list_batch_orders,
    list_open_waiting_lists,
    list_payout_batches,
    load_payout_batch,
    move_up_waiting_list,
    post_moves,
    read_grant_positions,
    release_batch,
    set_budget,
)
from benefits.lifecycle.claims import lapse_unclaimed
from benefits.lifecycle.expiry import expire_due_grants
from benefits.model.moves import ALLOWED_MOVES, MoveKind
from benefits.payout.payments import list_payable_grants
from benefits.sealing.sealing import read_seal_gap, seal_batches
from benefits.tables.decisions import grants
from benefits.tables.vouchers import redemptions
from benefits.vouchers.issuing import issue_voucher_code
from benefits.vouchers.merchants import add_merchant, find_merchant
from benefits.vouchers.redemption import RedemptionRequest, redeem_grant
from benefits.vouchers.refunds import RefundRequest, refund_grant
from events import InboundEvent, parse_event, process_batch
from rules import RuleLibrary
from store import Database
from tests.benefits.counters import BAKERY, KEY
from tests.benefits.polls import imported, library, poll
from tests.events.passing_days import happening
from tools.servers.deciding import TREASURER

MEMBERS = [f"m-{number}" for number in range(6)]
DAYS = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 4, 1), date(2026, 5, 1)]
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)

Work = Callable[[Connection, datetime], object]


@cache
def rules() -> RuleLibrary:
    """Cash, vouchers with a quota, a cap and an end, things, and short lists in quotas within quotas."""
    return library(
        a_voucher="""
benefit: {kind: voucher, amount_fen: 300, unit: 张}
limit: {times: 2, per: [member], every: month}
allocate: {mode: first_come, quota: 7, every: quarter}
budget: shared
caps: [goods]
expires: P90D
""",
        b_cash="""
require: [{that: "event.poll != 'x'", else: 这次投票不发}]
benefit: {kind: cash, amount_fen: 450}
limit: {times: 1, per: [member, event.poll], every: calendar_year}
budget: shared
caps: [goods]
""",
        c_item="""
benefit: {kind: item, quantity: 2, unit: 份}
limit: {times: 3, per: [event.poll], every: rule_lifetime}
claim: {within: P60D}
""",
        d_place="""
benefit: {kind: cash, amount_fen: 100}
limit: {times: 1, per: [member], every: once}
allocate: {mode: first_come, quotas: {'370200': 3, '370202': 2}, waiting_list: true}
""",
    )


@dataclass(frozen=True)
class Step:
    """``now`` is when it is done, whenever it is tried again. What is not allowed doesn't happen."""

    name: str
    work: Work
    now: datetime

    def do(self, database: Database) -> None:
        with suppress(MoveRefused), database.write() as connection:
            self.work(connection, self.now)


def life(seed: int, length: int = 12) -> list[Step]:
    """A life that begins with its members."""
    chance = random.Random(seed)
    teller = _Teller(chance.randrange(2**32))
    works: list[tuple[str, Work]] = [("members", _beginning), ("events", teller.events(chance))]
    names = random.Random(seed + 1).choices(list(_KINDS), weights=list(_KINDS.values()), k=length - 2)
    works += [(name, getattr(teller, name)(chance)) for name in names]
    return [Step(name, work, BEGIN + timedelta(hours=n)) for n, (name, work) in enumerate(works)]


_KINDS = {
    "events": 5,
    "moves": 3,
    "redemption": 5,
    "refunding": 2,
    "ending": 2,
    "budget": 1,
    "prepare": 2,
    "release": 2,
    "answers": 2,
    "reversal": 1,
    "sealing": 2,
}


def _beginning(connection: Connection, now: datetime) -> None:
    process_batch([imported(member) for member in MEMBERS], connection, rules(), now)
    if find_merchant(connection, BAKERY.id) is None:
        add_merchant(connection, BAKERY, now)


def _handling(items: Sequence[InboundEvent]) -> Work:
    return lambda connection, now: process_batch(items, connection, rules(), now)


class _Teller:
    """Makes the steps of one life; knows what it has sent, so that some of it can be sent again."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.sent: list[InboundEvent] = []

    def events(self, chance: random.Random) -> Work:
        """Draw events in any order: new and repeated ones, some for unknown members, some that can't be read; members come and go."""
        kinds = [*"xyz" * 3, "left", "back", "moved"]
        new = [
            happening(len(self.sent) + n, chance.choice(kinds), chance.choice(MEMBERS), chance.choice(DAYS))
            for n in range(chance.randint(1, 5))
        ]
        again = chance.sample(self.sent, min(len(self.sent), chance.randint(0, 2)))
        strange = [poll("m-nobody", f"n-{len(self.sent)}"), InboundEvent(parse_event("{", BEGIN), "test")]
        self.sent += new
        items = new + again + chance.sample(strange, chance.choice([0, 0, 0, 1, 2]))
        chance.shuffle(items)
        return _handling(items)

    def moves(self, chance: random.Random) -> Work:
        """Up to four moves of any kinds: some are refused, and stop none of the others."""
        seed = chance.randrange(2**32)

        def work(connection: Connection, now: datetime) -> object:
            return post_moves(
                connection, list(_moves(connection, random.Random(seed), f"{self.seed}/{seed}")), now
            )

        return work

    def redemption(self, chance: random.Random) -> Work:
        """A code is handed out, unless it was, and used: whole, in part, too much."""
        seed, amount = chance.randrange(2**32), chance.choice([None, None, 1, 2, 100, 10**6])

        def work(connection: Connection, now: datetime) -> None:
            own = random.Random(seed)
            ids = _ids(connection, select(grants.c.id).where(grants.c.kind != "cash"))
            if ids:
                made = issue_voucher_code(
                    connection, KEY, own.choice(ids), now.date(), now, random_bytes=own.randbytes
                )
                wish = RedemptionRequest(
                    BAKERY, f"{self.seed}/{seed}", str(made.code), now, now.date(), amount
                )
                redeem_grant(connection, KEY, wish, now)

        return work

    def refunding(self, chance: random.Random) -> Work:
        seed, amount = chance.randrange(2**32), chance.choice([None, 1, 100, 10**6])

        def work(connection: Connection, now: datetime) -> None:
            own = random.Random(seed)
            ids = _ids(connection, select(redemptions.c.id))
            if ids:
                wish = RefundRequest(
                    BAKERY.id,
                    f"{self.seed}/{seed}",
                    own.choice(ids),
                    now.date(),
                    amount,
                    reusable=own.random() < 0.7,
                )
                refund_grant(connection, wish, now)

        return work

    def ending(self, chance: random.Random) -> Work:
        today = chance.choice([date(2026, 6, 2), date(2026, 7, 29), date(2026, 9, 1)])

        def work(connection: Connection, now: datetime) -> None:
            expire_due_grants(connection, today, now)
            lapse_unclaimed(connection, now, today)
            for places in list_open_waiting_lists(connection):
                move_up_waiting_list(connection, places, rules(), now, today)

        return work

    def budget(self, chance: random.Random) -> Work:
        ceiling = chance.randrange(0, 6000, 50)

        def work(connection: Connection, _: datetime) -> None:
            with suppress(BudgetBelowPromises):  # then it stays as it was
                set_budget(connection, "shared", ceiling, TREASURER)

        return work

    def prepare(self, chance: random.Random) -> Work:
        def work(connection: Connection, now: datetime) -> None:
            done = any(batch.prepared_at == now for batch in list_payout_batches(connection))
            if not done and list_payable_grants(connection, PayoutCriteria()):
                with suppress(ActRefused):  # all that is open has lapsed
                    create_payout_batch(
                        connection, officer("li.min", now), PayoutCriteria(), MEMBERS, "t" * 64, written
                    )

        return work

    def release(self, chance: random.Random) -> Work:
        def work(connection: Connection, now: datetime) -> None:
            for batch in list_payout_batches(connection):
                if batch.state == "prepared" and all(
                    _is_open(connection, o) for o in list_batch_orders(connection, batch.id)
                ):
                    release_batch(connection, officer("gh-017", now), batch.id, written)

        return work

    def answers(self, chance: random.Random) -> Work:
        """The bank answers all that is under way; one payment in three fails."""
        seed = chance.randrange(2**32)

        def work(connection: Connection, now: datetime) -> None:
            for batch in list_payout_batches(connection):
                if load_payout_batch(connection, batch.id).state == "released":
                    said = tuple(_said(connection, batch, random.Random(f"{seed}/{batch.id}")))
                    if not said:
                        continue
                    file = BankReturn(sha256(repr(said).encode()).hexdigest(), said)
                    apply_bank_return(connection, officer("li.min", now), file, partly=True)

        return work

    def reversal(self, chance: random.Random) -> Work:
        wrong = ReversalCriteria(
            chance.choice(["a-voucher", "b-cash", "c-item", "d-place"]), since=chance.choice(DAYS)
        )
        return lambda connection, now: apply_reversal(connection, officer("gh-017", now), wrong)

    def sealing(self, chance: random.Random) -> Work:
        left = chance.randint(0, 2)

        def work(connection: Connection, now: datetime) -> None:
            waiting = read_seal_gap(connection).batches
            if waiting > left:
                seal_batches(connection, now, at_most=waiting - left)

        return work


def officer(who: str, now: datetime) -> Officer:
    return Officer(who, now, now.date(), "示例")


def written(batch: PayoutBatch, orders: Sequence[PaymentOrder]) -> str:
    return sha256("".join(f"{o.reference}{o.amount_fen}" for o in orders).encode()).hexdigest()


def _is_open(connection: Connection, order: PaymentOrder) -> bool:
    """Whether nobody took the grant back, or used it, since the batch was prepared."""
    return (
        read_grant_positions(connection, [order.grant_id])[order.grant_id]["fen"].issued >= order.amount_fen
    )


def _said(connection: Connection, batch: PayoutBatch, chance: random.Random) -> Iterator[BankReturnLine]:
    for line, order in enumerate(list_batch_orders(connection, batch.id), 2):
        fails = chance.random() < 1 / 3
        if order.state == "open":
            yield (
                BankReturnLine(line, order.reference, "failed", order.amount_fen, "", None, "户名不符")
                if fails
                else BankReturnLine(line, order.reference, "paid", order.amount_fen, f"F{order.reference}")
            )


def _ids(connection: Connection, query: Select[str]) -> list[str]:
    """Sorted as Python does, whatever the database thinks."""
    return sorted(connection.execute(query).scalars())


def _moves(connection: Connection, chance: random.Random, key: str) -> Iterator[Move]:
    ids = _ids(connection, select(grants.c.id))
    kinds: list[MoveKind] = sorted(ALLOWED_MOVES)
    for number in range(chance.randint(1, 4) if ids else 0):
        kind = chance.choice([*kinds, "issue", "issue", "redeem"])
        from_, to = chance.choice(sorted(ALLOWED_MOVES[kind]))
        amount = chance.choice([None, None, 1, 100, 150, 300, 450, 10**6])
        day = chance.choice([date(2026, 6, 1), date(2026, 6, 1), date(2026, 12, 31)])
        yield Move(kind, chance.choice(ids), amount, from_, to, f"{key}/{number}", day)


def ledger_of(database: Database) -> list[str]:
    with database.read() as connection:
        return list(canonical_export_lines(connection))


def everything(path: Path) -> str:
    """All rows of all tables of a SQLite file in one digest: times and numbers as well, for ``now`` is given."""
    digest = sha256()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN")
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        for (table,) in tables.fetchall():
            digest.update(table.encode())
            for row in sorted(map(repr, connection.execute(f'SELECT * FROM "{table}"'))):
                digest.update(row.encode())
    return digest.hexdigest()
