"""A merchant's ledger for tests: many vouchers, redeemed on known days for known amounts."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count

from sqlalchemy import insert

from benefits import admit_and_record
from benefits.ledger.posting import post_move, post_moves
from benefits.model.moves import Move, MoveKind, Transaction
from benefits.tables.vouchers import redemptions
from benefits.vouchers.merchants import Merchant, add_merchant
from rules import Decision, DueBenefit, EventFacts, LimitSlots
from store import Database

DAY = date(2026, 5, 1)
BAKERY, MARKET = Merchant("bakery", "新岛面包房"), Merchant("market", "新岛超市")
_numbers = count(1)


class Shop:
    """What shops did; in bulk, as `benefits.vouchers.redemption` leaves it behind."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.write() as connection:
            for merchant in (BAKERY, MARKET):
                add_merchant(connection, merchant, _noon(DAY))

    def grants(self, count: int, *, until: date = date(2026, 6, 30)) -> list[str]:
        """Vouchers of 200 yuan."""
        due = DueBenefit("voucher", "蛋糕券", 20_000, 1, "张", until)
        with self.database.write() as connection:
            rulings = admit_and_record(connection, [_decided(due) for _ in range(count)], _noon(DAY))
        return [ruling.id for ruling in rulings]

    def use(
        self,
        grants: Sequence[str],
        amounts_fen: Sequence[int],
        *,
        day: date = DAY,
        at: Merchant = BAKERY,
        first: int = 1,
    ) -> list[str]:
        """Redeem of each grant so much; gives the merchant's own numbers."""
        numbers = [f"{at.id[:1].upper()}{n:06}" for n in range(first, first + len(grants))]
        issues = [Move("issue", g, None, "promised", "issued", f"issue/{g}", DAY) for g in grants]
        uses = [
            Move("redeem", grant, fen, "issued", "redeemed", f"redeem/{at.id}/{number}", day)
            for grant, fen, number in zip(grants, amounts_fen, numbers, strict=True)
        ]
        with self.database.write() as connection:
            for moves in (issues, uses):
                done = post_moves(connection, moves, _noon(DAY))
                assert all(isinstance(each, Transaction) for each in done)
            rows = [
                {
                    "id": move.id,
                    "merchant_id": at.id,
                    "request_key": number,
                    "asked": "0" * 64,
                    "grant_id": move.grant_id,
                    "amount": move.amount,
                    "unit": "fen",
                    "worth_fen": move.amount,
                    "used_at": _noon(day),
                    "left": 0,
                    "uses_left": 0,
                }
                for move, number in zip(uses, numbers, strict=True)
            ]
            connection.execute(insert(redemptions), rows)
        return numbers

    def end(self, grant: str, kind: MoveKind) -> None:
        """Expire or void all that is open."""
        to = "expired" if kind == "expire" else "reversed"
        move = Move(kind, grant, None, None, to, f"{kind}/{grant}", date(2026, 7, 1))  # type: ignore[arg-type]
        with self.database.write() as connection:
            post_move(connection, move, _noon(DAY))


def _decided(due: DueBenefit) -> tuple[EventFacts, Decision]:
    event = f"e-{next(_numbers)}"
    member = f"m-{event}"
    facts = EventFacts("/test", event, "member.birthday", _noon(DAY), DAY, member, {})
    limit = LimitSlots(f"event={event}", "event", 1)
    decision = Decision("cake", "生日蛋糕", "0" * 64, member, DAY, "due", (), (due,), (limit,), None, ())
    return facts, decision


def _noon(day: date) -> datetime:
    """Noon in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=4)
