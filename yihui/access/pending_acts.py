"""Acts that wait for a second person, as stored."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, select, true

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from store import Fold, Portion, append_batch, build_record, update_row_if_matched
from yihui.access.key_folds import read_entries
from yihui.access.tables import PENDING_ACT_BATCHES, audit_entries, pending_acts

LIFETIME = timedelta(days=14)  # of a proposal: who confirms it later saw other circumstances
EXPIRED = "expired"  # the reason of a refusal that nobody gave
BUDGETS_LOCK = "budgets"  # taken before a budget is compared with what it was
PENDING_ACT_FAULTS = FaultTable(
    "pending_act",
    {
        "unknown": (N_("nothing waits under the number {value}"), N_("look at the list of what waits")),
        "decided": (
            N_("number {value} was decided already, by {who}"),
            N_("its page says how"),
        ),
        "waits": (
            N_("the same waits already for a second person, under the number {value}"),
            N_("let a colleague confirm or refuse it"),
        ),
        "outdated": (
            N_("number {value} was proposed for another state: {then} then, {now} now"),
            N_("refuse it, and propose it again"),
        ),
        "expired": (
            N_("number {value} was proposed more than {days} days ago"),
            N_("refuse it, and propose it again"),
        ),
        "not_own": (N_("a colleague proposed number {value}"), N_("let whoever confirms it refuse it")),
        "altered": (
            N_("what is stored under number {value} is not what was proposed, or not what you saw"),
            N_("don't confirm it; refuse it, and report it to your auditor"),
        ),
    },
)


class PendingKind(StrEnum):
    BUDGET_CHANGE = "budget_change"
    STOP_LIFT = "stop_lift"
    MASS_REVERSAL = "mass_reversal"


@dataclass(frozen=True, slots=True)
class PendingAct:
    """An act that was proposed. ``terms`` hold what it will do, and the state that it was proposed for.

    ``digest`` is the SHA-256 of all that its row says; who confirms states the digest of what they saw.
    """

    number: int
    kind: PendingKind
    object_id: str
    terms: Mapping[str, Any]
    reason: str
    proposed_by: str
    proposed_at: datetime
    state: str = "waiting"
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None
    digest: str = ""

    def has_expired(self, now: datetime) -> bool:
        return now - self.proposed_at > LIFETIME


def propose_pending_act(
    connection: Connection, kind: PendingKind, object_id: str, terms: Mapping[str, Any],
    proposed: tuple[str, str, datetime],
) -> PendingAct:  # fmt: skip
    """Store a proposal of an officer, with the reason and the time.

    One that expired gives way to the new one. *Raises*: FaultError if the same waits.
    """
    who, reason, now = proposed
    c = pending_acts.c
    same = select(pending_acts).where(c.kind == kind.value, c.object_id == object_id, c.state == "waiting")
    there = connection.execute(same).one_or_none()
    if there is not None:
        if not _build_act(there).has_expired(now):
            raise FaultError(PENDING_ACT_FAULTS.build("waits", value=there.number))
        decide_pending_act(connection, there.number, "refused", who, EXPIRED, now)
    row = {
        "kind": kind.value,
        "object_id": object_id,
        "terms": json.dumps(dict(terms), ensure_ascii=False, sort_keys=True, default=str),
        "reason": reason,
        "proposed_by": who,
        "proposed_at": now,
        "state": "waiting",
    }
    row["digest"] = compute_digest(row)
    append_batch(connection, PENDING_ACT_BATCHES, [row], now)
    return _build_act(connection.execute(same).one())


def compute_digest(row: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a stored proposal would do, who proposed it, when and why."""
    texts = [row[name] for name in ("kind", "object_id", "terms", "reason", "proposed_by")]
    content = [*texts, row["proposed_at"].astimezone(UTC).isoformat(timespec="microseconds")]
    return sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def load_confirmable_act(
    connection: Connection,
    number: int,
    kinds: Collection[PendingKind],
    now: datetime,
    seen: str | None = None,
) -> PendingAct:
    """Return an act that waits, as it was proposed; ``seen`` is the digest of what its confirmer saw, if known.

    *Raises*: FaultError if it was decided, expired or altered.
    """
    row = _load_waiting_row(connection, number, kinds)
    act = _build_act(row)
    if act.digest != row.digest or seen not in (None, act.digest):
        raise FaultError(PENDING_ACT_FAULTS.build("altered", field="NUMBER", value=number))
    if act.has_expired(now):
        raise FaultError(
            PENDING_ACT_FAULTS.build("expired", field="NUMBER", value=number, days=LIFETIME.days)
        )
    return act


def _load_waiting_row(connection: Connection, number: int, kinds: Collection[PendingKind]) -> Row[Any]:
    c = pending_acts.c
    query = select(pending_acts).where(c.number == number, c.kind.in_(kinds))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise FaultError(PENDING_ACT_FAULTS.build("unknown", field="NUMBER", value=number))
    if row.state != "waiting":
        raise second_decision_error(_build_act(row))
    return row


def second_decision_error(act: PendingAct) -> FaultError:
    """Return the refusal of a second decision."""
    return FaultError(
        PENDING_ACT_FAULTS.build("decided", field="NUMBER", value=act.number, who=act.decided_by or "…")
    )


def list_pending_acts(
    connection: Connection, kinds: Collection[PendingKind], *, all_: bool = False
) -> list[PendingAct]:
    """List the acts of some kinds that wait, or all that were ever proposed, the earliest first."""
    query = select(pending_acts).where(pending_acts.c.kind.in_(kinds)).order_by(pending_acts.c.number)
    rows = connection.execute(query if all_ else query.where(pending_acts.c.state == "waiting"))
    return [_build_act(row) for row in rows]


def decide_pending_act(
    connection: Connection, number: int, state: str, who: str, reason: str, now: datetime
) -> bool:
    """Record the decision; return False if another transaction decided meanwhile."""
    c = pending_acts.c
    return update_row_if_matched(
        connection,
        pending_acts.update()
        .where(c.number == number, c.state == "waiting")
        .values(state=state, decided_by=who, decided_at=now, decision_reason=reason),
    )


def _build_act(row: Row[Any]) -> PendingAct:
    terms, digest = json.loads(row.terms), compute_digest(row._asdict())
    return build_record(PendingAct, row, kind=PendingKind(row.kind), terms=terms, digest=digest)


def _list_portions(connection: Connection) -> Iterator[Portion]:
    """Yield how each proposal, which is sealed, was decided by the audit log; one that expired gave way to the next."""
    said = {one.object_id: one for one in read_entries(connection, "pending_act") if "state" in one.after}
    expected: dict[int, tuple[object, ...]] = {}
    open_: dict[tuple[str, str], int] = {}
    for row in connection.execute(select(pending_acts).order_by(pending_acts.c.batch)):
        key, entry = (row.kind, row.object_id), said.get(str(row.number))
        if key in open_:
            expected[open_.pop(key)] = ("refused", row.proposed_by, row.proposed_at, EXPIRED)
        if entry is None:
            expected[row.number], open_[key] = ("waiting", None, None, None), row.number
            continue
        # Who confirmed without a reason of their own is recorded with that of the proposal.
        is_own = row.decision_reason == entry.reason or entry.reason != row.reason
        reason = entry.reason if is_own else ""
        expected[row.number] = (entry.after["state"], entry.actor, entry.at, reason)
    yield Portion(true(), ((number, *row) for number, row in expected.items()))


PENDING_FOLD = Fold(
    pending_acts,
    audit_entries.name,
    ("number", "state", "decided_by", "decided_at", "decision_reason"),
    1,
    _list_portions,
)
