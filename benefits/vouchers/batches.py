"""What a merchant redeemed without a network and hands in late: accepted or listed with the reason, line by line.

Conflict rules (docs/decisions/0019):

1. Lines count in the order of the times at which they say that they happened, equal times in the order
   of the file. Of two uses of one voucher the first wins; the other one is listed with the request that
   came before it.
2. What is in the ledger stays. A batch that comes later can't displace what was accepted before it.
3. Used by its last day it is accepted up to ``OFFLINE_GRACE_DAYS`` after that day.
4. What was taken back in the meantime is refused: who redeems offline bears that risk.
5. Nothing from the future (five minutes are forgiven) and nothing older than ``OLDEST_DAYS``.
6. The same batch again gets the same answer; the same number with other lines is refused whole.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, insert, select

from benefits.ledger.positions import lock, terms_of
from benefits.model.move_refusals import NotAllowed
from benefits.sealing.queue import to_seal
from benefits.tables.vouchers import redemption_batches
from benefits.vouchers.codes import plain, read_code
from benefits.vouchers.issuing import find_code
from benefits.vouchers.keys import VoucherKey
from benefits.vouchers.merchants import Merchant
from benefits.vouchers.redemption import Asked, Redeemed, check_request_key, redeem
from benefits.vouchers.refusals import VoucherRefused

OLDEST_DAYS = 30
MOST_LINES = 2_000
_AHEAD = timedelta(minutes=5)
_USED_UP = frozenset({"used_up", "uses_up", "over_amount", "token_used"})


@dataclass(frozen=True, slots=True)
class OfflineBatch:
    """What is handed in: ``number`` is the merchant's own; ``lines`` are those of ``rows`` in the file."""

    merchant: Merchant
    number: str
    lines: tuple[Asked, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of one line. ``code`` and ``params`` say why it was refused (see ``refusal_texts``)."""

    row: int
    request_key: str
    outcome: str  # accepted, already, refused
    redemption_id: str = ""
    rule_id: str = ""
    amount: int = 0
    unit: str = ""
    code: str = ""
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfflineResult:
    """In the order of the file. ``already``: the batch was handed in before, and nothing has happened now."""

    id: str
    lines: tuple[LineResult, ...]
    already: bool = False

    def count(self, outcome: str) -> int:
        return sum(line.outcome == outcome for line in self.lines)


def accept_batch(
    connection: Connection, key: VoucherKey, batch: OfflineBatch, received_on: date, now: datetime
) -> OfflineResult:
    """Accept what was used offline, in the caller's transaction. *Raises*: NotAllowed for the batch as a whole."""
    check_request_key(batch.number)
    id_ = sha256(f"batch\0{batch.merchant.id}\0{batch.number}".encode()).hexdigest()[:40]
    digest = _digest(key, batch)
    before = connection.execute(
        select(redemption_batches).where(redemption_batches.c.id == id_)
    ).one_or_none()
    if before is not None:
        if before.digest != digest:
            raise VoucherRefused("batch_reused", value=batch.number)
        return OfflineResult(id_, _read(before.results), already=True)
    _lock_in_order(connection, key, batch)
    results = _Accepting(connection, key, received_on, now, id_).all(batch)
    connection.execute(
        insert(redemption_batches).values(
            id=id_,
            merchant_id=batch.merchant.id,
            number=batch.number,
            digest=digest,
            received_at=now,
            results=json.dumps([asdict(line) for line in results], ensure_ascii=False, sort_keys=True),
        )
    )
    to_seal(connection, {"redemption_batches": [id_]}, now)
    return OfflineResult(id_, tuple(results))


@dataclass(slots=True)
class _Accepting:
    """One batch on its way; ``used`` holds the last use of each code in it."""

    connection: Connection
    key: VoucherKey
    received_on: date
    now: datetime
    batch_id: str
    used: dict[str, Asked] = field(default_factory=dict)

    def all(self, batch: OfflineBatch) -> list[LineResult]:
        numbered = sorted(zip(batch.lines, batch.rows, strict=True), key=lambda pair: (pair[0].at, pair[1]))
        results = [self._line(asked, row) for asked, row in numbered]
        return sorted(results, key=lambda result: result.row)

    def _line(self, asked: Asked, row: int) -> LineResult:
        try:
            self._check_time(asked)
            done = self._redeem(replace(asked, received_on=self.received_on, batch_id=self.batch_id))
        except NotAllowed as refusal:
            code, params = self._why(asked, refusal)
            return LineResult(row, asked.request_key, "refused", code=code, params=params)
        self.used[plain(asked.code)] = asked
        outcome = "already" if done.already else "accepted"
        return LineResult(row, asked.request_key, outcome, done.id, done.rule_id, done.amount, done.unit)

    def _redeem(self, asked: Asked) -> Redeemed:
        return redeem(self.connection, self.key, asked, self.now)

    def _check_time(self, asked: Asked) -> None:
        if asked.at > self.now + _AHEAD:
            raise VoucherRefused("in_future", time=asked.at.isoformat(timespec="minutes"))
        if asked.on < self.received_on - timedelta(days=OLDEST_DAYS):
            raise VoucherRefused("too_old", day=asked.on.isoformat(), days=str(OLDEST_DAYS))

    def _why(self, asked: Asked, refusal: NotAllowed) -> tuple[str, dict[str, str]]:
        earlier = self.used.get(plain(asked.code))
        if earlier is None or refusal.code not in _USED_UP:
            return refusal.code, refusal.params
        time = earlier.at.isoformat(timespec="minutes")
        return "used_before_in_file", {"earlier": earlier.request_key, "time": time}


def _lock_in_order(connection: Connection, key: VoucherKey, batch: OfflineBatch) -> None:
    """All grants at once, by id: two batches can't wait for each other."""
    ids = set()
    for asked in batch.lines:
        try:
            ids.add(find_code(connection, key, read_code(asked.code))[0])
        except VoucherRefused:
            continue  # told when its line comes; of a card the grant is not known yet
    lock(connection, terms_of(connection, ids))


def _digest(key: VoucherKey, batch: OfflineBatch) -> str:
    lines = [[a.request_key, a.code, a.at.isoformat(), a.amount, a.rule_id, a.station] for a in batch.lines]
    return key.digest("batch", json.dumps(lines, ensure_ascii=False))


def _read(text: str) -> tuple[LineResult, ...]:
    return tuple(LineResult(**line) for line in json.loads(text))


def batch_results(connection: Connection, merchant_id: str) -> Sequence[tuple[str, datetime, OfflineResult]]:
    """What a merchant has handed in: number, when, and what became of it; the latest first."""
    c = redemption_batches.c
    query = (
        select(redemption_batches).where(c.merchant_id == merchant_id).order_by(c.received_at.desc(), c.id)
    )
    return [
        (row.number, row.received_at, OfflineResult(row.id, _read(row.results), already=True))
        for row in connection.execute(query)
    ]
