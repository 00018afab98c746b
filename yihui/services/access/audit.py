"""List and export the audit log: who did and read what, for those organisations that the reader may see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from core.civil_time import civil_date, end_of_day, start_of_day
from core.faults import FaultTable, raise_faults
from core.text_marks import N_
from members import is_organisation_code, organisation_lineage
from members.organisation_codes import ORGANISATION_CODE_FORM
from members.organisations.storage import load_lineages
from store import build_record, in_json_array, json_array
from yihui.access.actor import Actor
from yihui.access.audit import UNMASK_CALLER, AuditEntry, append_audit_entry
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.access.tables import audit_entries
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.services.access.authorisation import authorise

_PORTION = 1_000
# Who reads a person's data leaves an entry of one of these acts, or of one below them.
PERSONAL_READING_ACTS = (
    Right.READ_MEMBERS.value,
    Right.UNMASK_MEMBERS.value,
    Right.READ_BENEFITS.value,
    Right.READ_APPLICATIONS.value,
    Right.READ_HARDSHIP.value,
    Right.READ_CASES.value,
    UNMASK_CALLER,
)
AUDIT_QUERY_FAULTS = FaultTable(
    "audit_query",
    {
        "backwards": (N_("{value} is after the last day"), N_("exchange the two days")),
        "object_without_kind": (
            N_("{value} may be the id of several kinds of object"),
            N_("say the kind too, such as member, rule or payout_batch"),
        ),
        "organisation": (N_("{value} is no code of an organisation"), ORGANISATION_CODE_FORM),
        "form": (N_("{value} is no form of the audit log"), N_("name a file that ends with .csv or .jsonl")),
    },
)


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries are wanted: all that are given must fit. Days are civil, both included.

    ``act`` is a whole act or all below it (``members`` fits ``members.unmask``); ``organisation`` stands for
    itself and all below it, by the tree of today; ``reads_only`` fits the readings of personal data.
    """

    actor: str | None = None
    act: str | None = None
    object_kind: str | None = None
    object_id: str | None = None
    organisation: str | None = None
    first: date | None = None
    last: date | None = None
    reads_only: bool = False

    def check(self) -> "AuditQuery":
        """Return this query. *Raises*: FaultError with all faults."""
        faults = []
        if self.first and self.last and self.first > self.last:
            faults.append(AUDIT_QUERY_FAULTS.build("backwards", field="from", value=self.first.isoformat()))
        if self.object_id and not self.object_kind:
            faults.append(
                AUDIT_QUERY_FAULTS.build("object_without_kind", field="object_id", value=self.object_id)
            )
        if self.organisation is not None and not is_organisation_code(self.organisation):
            faults.append(
                AUDIT_QUERY_FAULTS.build("organisation", field="organisation", value=self.organisation)
            )
        raise_faults(faults)
        return self


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """An entry of the audit log. ``changes`` is JSON; an erased text says so by itself."""

    sequence: int
    at: datetime
    actor: str
    actor_kind: str
    role: str | None
    deputy_of: str | None
    organisation: str | None
    act: str
    object_kind: str
    object_id: str
    reason: str
    changes: str
    request_id: str | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, the newest first; ``before`` continues the list, None at its end."""

    entries: Sequence[RecordedEntry]
    before: int | None


def list_audit_entries(
    wiring: Wiring, actor: Actor | None, query: AuditQuery, before: int | None = None, limit: int = 100
) -> AuditPage:
    """List a page of the entries that an actor may read. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        found = _select(wiring, connection, actor, query.check())
        if before is not None:
            found = found.where(audit_entries.c.sequence < before)
        found = found.order_by(audit_entries.c.sequence.desc()).limit(limit + 1)
        rows = connection.execute(found).all()
    entries = [build_record(RecordedEntry, row) for row in rows[:limit]]
    return AuditPage(entries, entries[-1].sequence if len(rows) > limit else None)


def iter_audit_entries(wiring: Wiring, actor: Actor | None, query: AuditQuery) -> Iterator[RecordedEntry]:
    """Yield all entries that an actor may read, the oldest first, from one snapshot. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        found = _select(wiring, connection, actor, query.check()).order_by(audit_entries.c.sequence)
        rows = connection.execute(found.execution_options(yield_per=_PORTION))
        yield from (build_record(RecordedEntry, row) for row in rows)


def record_audit_export(wiring: Wiring, actor: Actor, query: AuditQuery, form: str) -> None:
    """Record, before anything is handed over, that an actor exports the audit log. *Raises*: FaultError."""
    wanted = {name: value for name in AuditQuery.__slots__ if (value := getattr(query.check(), name))}
    _record(wiring, actor, query.organisation, AuditEntry("export", "audit_log", form, after=wanted))


def record_verification(wiring: Wiring, actor: Actor, heads: int, disagreements: int) -> None:
    """Record that an actor verified the ledger, with how many heads and how many rows that don't agree."""
    counts = {"heads": heads, "disagreements": disagreements}
    _record(wiring, actor, PROVINCE_CODE, AuditEntry("verify", "ledger", "all", after=counts))


def _record(wiring: Wiring, actor: Actor, place: str | None, done: AuditEntry) -> None:
    """Record an act done by the right to read the audit log; without a place, for the reader's own organisation."""
    with wiring.database.write() as connection:
        by = authorise(wiring, connection, actor, Right.READ_AUDIT, place).by
        organisation = place or (by.organisation if by else None)
        entry = replace(done, act=f"{Right.READ_AUDIT.value}.{done.act}", organisation=organisation, by=by)
        append_audit_entry(connection, actor, entry, wiring.now())


def _select(wiring: Wiring, connection: Connection, actor: Actor | None, query: AuditQuery) -> Select[Any]:
    authorise(wiring, connection, actor, Right.READ_AUDIT, query.organisation)
    assert actor is not None  # nobody was refused
    c, today = audit_entries.c, civil_date(wiring.now())
    equal = {c.actor: query.actor, c.object_kind: query.object_kind, c.object_id: query.object_id}
    conditions = [column == value for column, value in equal.items() if value is not None]
    if query.act is not None:
        conditions.append(_is_act(query.act))
    if query.reads_only:
        conditions.append(or_(*map(_is_act, PERSONAL_READING_ACTS)))
    if query.first is not None:
        conditions.append(c.at >= start_of_day(query.first))
    if query.last is not None:
        conditions.append(c.at < end_of_day(query.last))
    found = select(audit_entries).where(*conditions)
    own = subtrees(actor, Right.READ_AUDIT, today)
    tops = own if query.organisation is None else frozenset({query.organisation})
    return found if tops is None else _within(connection, found, tops, today)


def _is_act(act: str) -> ColumnElement[bool]:
    """Return the condition that an entry is of an act, or of one below it."""
    c = audit_entries.c
    return or_(c.act == act, c.act.startswith(f"{act}.", autoescape=True))


def _within(connection: Connection, query: Select[Any], tops: frozenset[str], day: date) -> Select[Any]:
    """Restrict a query to entries of some organisations and those below them.

    Entries of no organisation concern the whole installation: only the top of the tree reads them.
    """
    column = audit_entries.c.organisation
    known = [code for code in connection.execute(select(column).distinct()).scalars() if code is not None]
    lineages = load_lineages(connection, [*known, *tops])
    within = [code for code in known if not tops.isdisjoint(lineages.lineage(code, day))]
    condition = in_json_array(column, "organisations")
    if any(len(organisation_lineage(top)) == 1 for top in tops):
        condition = or_(condition, column.is_(None))
    return query.where(condition).params(organisations=json_array(within))
