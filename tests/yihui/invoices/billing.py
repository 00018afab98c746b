"""A merchant's ledger and invoices for tests: many vouchers, redeemed on known days for known amounts."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from benefits.merchants import Merchant, add_merchant
from benefits.moves import Move
from benefits.posting import post
from benefits.redeeming import Asked, redeem
from benefits.refunds import RefundAsked, refund
from benefits.voucher_keys import VoucherKey
from benefits.vouchers import hand_out
from rules import Due
from store import Database
from tests.benefits.counters import BAKERY, KEY, granted

DAY = date(2026, 5, 1)
MARKET = Merchant("market", "新岛超市")


@dataclass
class Shop:
    """What a shop did, through the very doors that a shop has."""

    database: Database
    key: VoucherKey = KEY
    uses: list[tuple[str, int, date]] = field(default_factory=list)  # own number, fen, day

    def __post_init__(self) -> None:
        with self.database.write() as connection:
            add_merchant(connection, BAKERY, _at(DAY))
            add_merchant(connection, MARKET, _at(DAY))

    def grants(self, count: int, *, until: date = date(2026, 6, 30)) -> list[str]:
        with self.database.write() as connection:
            due = Due("voucher", "蛋糕券", 20_000, 1, "张", until)
            return [granted(connection, due, member=f"m-{n}", rule="cake") for n in range(count)]

    def use(
        self,
        grants: list[str],
        amounts_fen: list[int],
        *,
        day: date = DAY,
        at: Merchant = BAKERY,
        first: int = 1,
    ) -> list[str]:
        """Redeem of each grant so much; gives the merchant's own numbers."""
        numbers = []
        with self.database.write() as connection:
            for n, (grant, fen) in enumerate(zip(grants, amounts_fen, strict=True), first):
                number = f"{at.id[:1].upper()}{n:06}"
                self._redeem(connection, grant, fen, number, day, at)
                numbers.append(number)
        return numbers

    def _redeem(
        self, connection: Connection, grant: str, fen: int, number: str, day: date, at: Merchant
    ) -> None:
        code = hand_out(connection, self.key, grant, DAY, _at(DAY)).code
        assert code is not None
        redeem(connection, self.key, Asked(at, number, code, _at(day), day, fen), _at(day))

    def take_back(self, number: str, redemption: str) -> None:
        with self.database.write() as connection:
            refund(connection, RefundAsked(BAKERY.id, f"back-{number}", redemption, DAY), _at(DAY))

    def end(self, grant: str, kind: str) -> None:
        """Expire or void all that is open."""
        to = "expired" if kind == "expire" else "reversed"
        with self.database.write() as connection:
            post(
                connection,
                Move(kind, grant, None, None, to, f"{kind}/{grant}", date(2026, 7, 1)),  # type: ignore[arg-type]
                _at(DAY),
            )


def _at(day: date) -> datetime:
    """Noon in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=4)
