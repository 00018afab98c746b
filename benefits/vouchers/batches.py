"""Offline batches: a merchant hands in uses made without a network; each line is accepted or refused.

Conflict rules (docs/decisions/0018):

1. Lines are processed in the order of their stated times, equal times in the order of the file. Of two
   uses of one voucher the first is accepted; the other is refused and names the earlier request.
2. The ledger stays as it is. A later batch can't displace a use that was accepted before it.
3. A use on or before the last day is accepted up to ``OFFLINE_GRACE_DAYS`` after that day.
4. A use of a grant that was reversed in the meantime is refused; the merchant bears that risk.
5. A use that is stated for a day before the code was made is refused. A use on a day before the code was
   reported lost is accepted and listed for an officer, since a finder can state an earlier day.
6. A use in the future (five minutes are tolerated) or older than ``MAX_OFFLINE_AGE_DAYS`` is refused.
7. The same batch again returns the same result; the same number with other lines is refused as a whole.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, insert, select

from benefits.ledger.positions import lock_grant_positions, read_grant_terms
from benefits.model.faults import MOVE_FAULTS, MoveRefused
from benefits.model.terms import ledger_terms
from benefits.tables.vouchers import redemption_batches, redemptions
from benefits.vouchers.codes import VoucherKey, normalise_code, parse_code
from benefits.vouchers.faults import VOUCHER_FAULTS, VoucherRefused
from benefits.vouchers.issuing import find_grant_by_code
from benefits.vouchers.merchants import Merchant
from benefits.vouchers.redemption import RedemptionRequest, check_request_key, redeem_grant
from core.faults import Fault
from members import CARD_FAULTS, TOKEN_FAULTS
from store import enqueue_for_sealing

MAX_OFFLINE_AGE_DAYS = 30
MAX_BATCH_LINES = 2_000
_AHEAD = timedelta(minutes=5)
_LOST_ON = "lost_on"
_TABLES = (VOUCHER_FAULTS, MOVE_FAULTS, TOKEN_FAULTS, CARD_FAULTS)  # no code is in two of them
_USED_UP = frozenset({"used_up", "uses_up", "over_amount", "token_used"})


@dataclass(frozen=True, slots=True)
class OfflineBatch:
    """A batch of offline uses. ``number`` is the merchant's own; ``rows`` are the lines' rows in the file."""

    merchant: Merchant
    number: str
    lines: tuple[RedemptionRequest, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OfflineLineResult:
    """The result of one line.

    ``code`` and ``params`` state why it was refused; they are stored, and ``fault`` is built from them.
    """

    row: int
    request_key: str
    outcome: str  # accepted, already, refused
    redemption_id: str = ""
    rule_id: str = ""
    amount: int = 0
    unit: str = ""
    code: str = ""
    params: dict[str, str] = field(default_factory=dict)

    @property
    def lost_on(self) -> date | None:
        """Return the day on which the code of an accepted use was reported lost, before it was handed in."""
        return date.fromisoformat(self.params[_LOST_ON]) if _LOST_ON in self.params else None

    @property
    def fault(self) -> Fault:
        """Return why the line was refused."""
        table = next(one for one in _TABLES if self.code in one.texts)
        return replace(table.build(self.code), params=self.params, terms=ledger_terms(self.params))


@dataclass(frozen=True, slots=True)
class OfflineBatchResult:
    """The results in the order of the file.

    ``already``: the batch was handed in before, and this call changed nothing.
    """

    id: str
    lines: tuple[OfflineLineResult, ...]
    already: bool = False

    def count(self, outcome: str) -> int:
        """Return the number of lines with this outcome."""
        return sum(line.outcome == outcome for line in self.lines)


def accept_offline_batch(
    connection: Connection, key: VoucherKey, batch: OfflineBatch, received_on: date, now: datetime
) -> OfflineBatchResult:
    """Redeem the lines of an offline batch in the caller's transaction.

    *Raises*: MoveRefused for the batch as a whole.
    """
    check_request_key(batch.number)
    id_ = sha256(f"batch\0{batch.merchant.id}\0{batch.number}".encode()).hexdigest()[:40]
    digest = _digest(key, batch)
    before = connection.execute(
        select(redemption_batches).where(redemption_batches.c.id == id_)
    ).one_or_none()
    if before is not None:
        if before.digest != digest:
            raise VoucherRefused(VOUCHER_FAULTS.build("batch_reused", batch=batch.number))
        return OfflineBatchResult(id_, _read(before.results), already=True)
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
    enqueue_for_sealing(connection, {"redemption_batches": [id_]}, now)
    return OfflineBatchResult(id_, tuple(results))


@dataclass(slots=True)
class _Accepting:
    """The state of processing one batch; ``used`` holds the last accepted use of each code in it."""

    connection: Connection
    key: VoucherKey
    received_on: date
    now: datetime
    batch_id: str
    used: dict[str, RedemptionRequest] = field(default_factory=dict)

    def all(self, batch: OfflineBatch) -> list[OfflineLineResult]:
        numbered = sorted(zip(batch.lines, batch.rows, strict=True), key=lambda pair: (pair[0].at, pair[1]))
        results = [self._line(asked, row) for asked, row in numbered]
        return sorted(results, key=lambda result: result.row)

    def _line(self, asked: RedemptionRequest, row: int) -> OfflineLineResult:
        try:
            self._check_time(asked)
            late = replace(asked, received_on=self.received_on, batch_id=self.batch_id)
            done = redeem_grant(self.connection, self.key, late, self.now)
        except MoveRefused as refusal:
            code, params = self._why(asked, refusal.faults[0])
            return OfflineLineResult(row, asked.request_key, "refused", code=code, params=params)
        self.used[normalise_code(asked.code)] = asked
        outcome = "already" if done.already else "accepted"
        lost = {_LOST_ON: done.lost_on.isoformat()} if done.lost_on else {}
        return OfflineLineResult(
            row, asked.request_key, outcome, done.id, done.rule_id, done.amount, done.unit, params=lost
        )

    def _check_time(self, asked: RedemptionRequest) -> None:
        if asked.at > self.now + _AHEAD:
            raise VoucherRefused(
                VOUCHER_FAULTS.build("in_future", time=asked.at.isoformat(timespec="minutes"))
            )
        if asked.on < self.received_on - timedelta(days=MAX_OFFLINE_AGE_DAYS):
            raise VoucherRefused(VOUCHER_FAULTS.build("too_old", day=asked.on, days=MAX_OFFLINE_AGE_DAYS))

    def _why(self, asked: RedemptionRequest, fault: Fault) -> tuple[str, dict[str, str]]:
        earlier = self.used.get(normalise_code(asked.code))
        if earlier is None or fault.short_code not in _USED_UP:
            return fault.short_code, dict(fault.params)
        time = earlier.at.isoformat(timespec="minutes")
        return "used_before_in_file", {"earlier": earlier.request_key, "time": time}


@dataclass(frozen=True, slots=True)
class LostCodeUse:
    """An accepted offline use of a code that was reported lost before the use was handed in."""

    merchant_id: str
    batch: str
    received_at: datetime
    used_at: datetime
    line: OfflineLineResult


def list_lost_code_uses(connection: Connection) -> list[LostCodeUse]:
    """Return the offline uses that an officer must look at, the latest first."""
    c = redemption_batches.c
    named = select(c.id, c.merchant_id, c.number, c.received_at, c.results).where(
        c.results.contains(f'"{_LOST_ON}"')
    )
    used_at = dict(
        connection.execute(
            select(redemptions.c.id, redemptions.c.used_at).where(
                redemptions.c.batch_id.in_(named.with_only_columns(c.id))
            )
        ).all()
    )
    found = [
        LostCodeUse(row.merchant_id, row.number, row.received_at, used_at[line.redemption_id], line)
        for row in connection.execute(named)
        for line in _read(row.results)
        if line.lost_on and line.outcome == "accepted"
    ]
    return sorted(found, key=lambda use: (use.received_at, use.line.row), reverse=True)


def _lock_in_order(connection: Connection, key: VoucherKey, batch: OfflineBatch) -> None:
    """Lock all grants at once, by id, so that two batches can't deadlock."""
    ids = set()
    for asked in batch.lines:
        try:
            ids.add(find_grant_by_code(connection, key, parse_code(asked.code)).grant_id)
        except VoucherRefused:
            continue  # reported with its own line; a card's grant is not known yet
    lock_grant_positions(connection, read_grant_terms(connection, ids))


def _digest(key: VoucherKey, batch: OfflineBatch) -> str:
    lines = [[a.request_key, a.code, a.at.isoformat(), a.amount, a.rule_id, a.station] for a in batch.lines]
    return key.digest("batch", json.dumps(lines, ensure_ascii=False))


def _read(text: str) -> tuple[OfflineLineResult, ...]:
    return tuple(OfflineLineResult(**line) for line in json.loads(text))
