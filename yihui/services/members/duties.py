"""Record what organisations do in their yearly cycle, and list what they owe on a day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from sqlalchemy import Connection

from benefits import lock_rulebook_exclusive
from core.faults import Fault, FaultError
from events import BatchOutcome, Event, InboundEvent, InvalidEvent
from events.pipeline import process_batch
from members import OrganisationSpan, read_spans, span_on
from members.duties.due import DutyState, compute_duties, find_life
from members.duties.messages import DutyRecord
from members.duties.records import StoredRecord, drop_withdrawn, payloads_in_force, select_in_force
from members.duties.repository import iter_records, read_records
from members.duties.terms import DutyTerms
from yihui.bootstrap import Wiring
from yihui.services.access.acting import run_act
from yihui.services.access.reach import Reach, codes_within, require_organisation
from yihui.services.organisations.lookup import ORGANISATION_LOOKUP_FAULTS, read_organisation_state
from yihui.services.organisations.organisations import build_act_event, check_act_day

MAX_EXAMINED = 5_000  # organisations, for one page of what is overdue
_ARGUMENTS = MappingProxyType(
    {
        "subject": "CODE",
        "record": "RECORD",
        "number": "NUMBER",
        "amount_fen": "--yuan",
        "report": "--kind",
        "posts": "--post",
    }
)


@dataclass(frozen=True, slots=True)
class DutyRecordResult:
    """What became of a record: the id of its event, and whether it stood there already."""

    event_id: str
    is_repeated: bool


@dataclass(frozen=True, slots=True)
class OrganisationDuties:
    """What an organisation owes on a day, and its records in force; no duties where it isn't there."""

    day: date
    span: OrganisationSpan
    is_there: bool
    states: Sequence[DutyState]
    records: Sequence[StoredRecord]


@dataclass(frozen=True, slots=True)
class OverdueDuties:
    """An organisation of a day with its duties that are overdue, or unknown if these are asked for."""

    span: OrganisationSpan
    states: Sequence[DutyState]


@dataclass(frozen=True, slots=True)
class OverduePage:
    """A page of what is overdue; ``after`` is the path to go on from, None at the end."""

    found: Sequence[OverdueDuties]
    after: str | None


def load_duty_terms(wiring: Wiring) -> DutyTerms:
    """Return by when organisations owe what, by the settings."""
    return DutyTerms(**dict(wiring.settings.duty_terms))


def record_duty(wiring: Wiring, code: str, type_: str, data: Mapping[str, object]) -> DutyRecordResult:
    """Record what an organisation did or filed, or that a record is withdrawn, in one transaction.

    ``data`` are the fields of the event; ``on`` is a civil date. The same record a second time changes
    nothing, while the first one is in force; after a correction or a withdrawal it is a new one.

    *Raises*: FaultError with every reason why it can't be recorded; then nothing has changed.
    """
    now = wiring.now()
    check_act_day(data["on"], now)
    event = _check_event(build_act_event(code, type_, data, now))

    def work(connection: Connection) -> DutyRecordResult:
        lock_rulebook_exclusive(connection)  # nobody records between this reading and the event
        records = [one for one in read_records(connection, [code])[code] if _concerns(one, event)]
        standing = drop_withdrawn(records)
        if standing and standing[-1].payload == event.payload:
            return DutyRecordResult(standing[-1].event_id, is_repeated=True)
        after = records[-1].event_id if records else ""
        following = _check_event(build_act_event(code, type_, data, now, after))
        outcome = process_batch(
            [InboundEvent(following, "organisations")], connection, wiring.runner.library(connection), now
        )
        _check_outcome(outcome)
        return DutyRecordResult(following.id, is_repeated=bool(outcome.duplicates))

    return run_act(wiring, work)


def _concerns(stored: StoredRecord, event: Event) -> bool:
    """Return whether a new record's place is after a stored one: of the same key, or a withdrawal."""
    if not isinstance(event.payload, DutyRecord):
        return False
    return not isinstance(stored.payload, DutyRecord) or stored.payload.key == event.payload.key


def _check_event(event: Event | InvalidEvent) -> Event:
    if isinstance(event, InvalidEvent):
        raise FaultError([_name_argument(fault) for fault in event.faults])
    return event


def _check_outcome(outcome: BatchOutcome) -> None:
    if outcome.dead_letters:
        raise FaultError([_name_argument(fault) for one in outcome.dead_letters for fault in one.faults])


def _name_argument(fault: Fault) -> Fault:
    """Return a fault with the command's argument in place of the event's path."""
    place = (fault.field or "").removeprefix("data.").partition(".")[0]
    return fault.at(field=_ARGUMENTS.get(place, f"--{place}".replace("_", "-")))


def load_parent(wiring: Wiring, code: str, day: date) -> str | None:
    """Return the parent of an organisation on a day; None if it has none or isn't there."""
    with wiring.database.read() as connection:
        current = span_on(read_spans(connection, [code])[code], day)
        return current.parent if current else None


def load_duties(wiring: Wiring, code: str, day: date, reach: Reach | None = None) -> OrganisationDuties:
    """Return what an organisation owes on a day. *Raises*: FaultError if it was never founded."""
    terms = load_duty_terms(wiring)
    with wiring.database.read() as connection:
        require_organisation(connection, reach, code)
        state = read_organisation_state(connection, code, day)
        stored = read_records(connection, [code])[code]
        life = find_life(read_spans(connection, [code])[code], day)
        states = compute_duties(life, payloads_in_force(stored, day), terms, day) if life else []
        return OrganisationDuties(day, state.last, life is not None, states, select_in_force(stored, day))


def iter_overdue(
    wiring: Wiring, code: str | None, day: date, *, with_unknown: bool = False
) -> Iterator[OverdueDuties]:
    """Yield the organisations of a subtree of a day that have something overdue; without a code, of all.

    *Raises*: FaultError if there is no such organisation on that day.
    """
    terms = load_duty_terms(wiring)
    with wiring.database.read() as connection:
        _check_there(connection, code, day)
        yield from (one for one, _ in _examine(connection, code, day, terms, "", with_unknown) if one.states)


def load_overdue_page(
    wiring: Wiring,
    code: str,
    day: date,
    after: str,
    limit: int,
    *,
    with_unknown: bool,
    reach: Reach | None = None,
) -> OverduePage:
    """Return a page of at most so many organisations with something overdue.

    A page ends after ``MAX_EXAMINED`` organisations too, so it may be short and still have a next one.
    Organisations that are outside the reach today are left out.

    *Raises*: FaultError if there is no such organisation on that day.
    """
    terms = load_duty_terms(wiring)
    found: list[OverdueDuties] = []
    with wiring.database.read() as connection:
        require_organisation(connection, reach, code)
        _check_there(connection, code, day)
        for number, (one, path) in enumerate(_examine(connection, code, day, terms, after, with_unknown), 1):
            if one.states and codes_within(connection, reach, [one.span.code]):
                found.append(one)
            if len(found) == limit or number == MAX_EXAMINED:
                return OverduePage(found, path)
    return OverduePage(found, None)


def _check_there(connection: Connection, code: str | None, day: date) -> None:
    if code is None:
        return
    state = read_organisation_state(connection, code, day)
    if state.current is None:
        raise FaultError(
            ORGANISATION_LOOKUP_FAULTS.build(
                "not_on_day", field="code", value=code, day=day, since=state.last.since
            )
        )


def _examine(
    connection: Connection, code: str | None, day: date, terms: DutyTerms, after: str, with_unknown: bool
) -> Iterator[tuple[OverdueDuties, str]]:
    """Yield each organisation of a subtree with what is overdue, and its path."""
    listed = {"overdue", "unknown"} if with_unknown else {"overdue"}
    for page in iter_records(connection, code, day, after):
        for one in page:
            life = find_life(one.spans, day)
            states = compute_duties(life, one.records, terms, day) if life else []
            yield (
                OverdueDuties(one.span, [state for state in states if state.status in listed]),
                one.span.path,
            )
