"""Carry out acts on organisations, import and export lists of them, and read the tree of a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Connection

from benefits import lock_rulebook_exclusive
from core.civil_time import civil_date, start_of_day
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from events import BatchOutcome, Event, InboundEvent, InvalidEvent, validate_event
from events.pipeline import process_batch
from events.retries import run_and_roll_back, run_in_transaction
from members import (
    OrganisationSpan,
    count_current_members,
    list_subtree_spans,
    organisation_names,
    read_recorded_changes,
    read_spans,
    rebuild_memberships,
    rebuild_organisations,
    span_on,
)
from members.organisations.due import find_next_count
from members.organisations.lists import (
    OrganisationDifference,
    PlannedAct,
    compare_with_tree,
    find_fixed_differences,
    parse_organisations,
)
from members.organisations.storage import RecordedChange, count_subtree
from rules import RuleLibrary
from yihui.bootstrap import Wiring
from yihui.files.tables import read_table_file
from yihui.runtime.progress import show_progress
from yihui.services.access.acting import run_act

SOURCE = "/organisations"  # of events
_TOGETHER = 500
_COLUMNS = MappingProxyType(
    {
        "subject": "组织代码",
        "parent": "上级代码",
        "on": "成立日期",
        "credit_code": "统一社会信用代码",
        "name": "组织名称",
    }
)
_MEMBER, _CODE = ("会员", "member"), ("组织代码", "organisation")  # headers of who goes where at a split
_FAULTS = FaultTable(
    "organisations",
    {
        "unknown": (
            N_("there is no organisation {value} on {day}"),
            N_("compare the code; all are listed by: yihui organisations list"),
        ),
        "still_to_come": (
            N_("{value} is still to come; an act is recorded when it takes effect"),
            N_("record it on that day"),
        ),
        "no_part": (
            N_("{value} is none of the new organisations, or the row names no member"),
            N_("write the member's id and the code of one of the new organisations into each row"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation on a day, what happened to it, its members, and by when it counts them again."""

    day: date
    spans: Sequence[OrganisationSpan]
    current: OrganisationSpan | None
    history: Sequence[RecordedChange]
    names: Mapping[str, str]
    members: int
    below: int
    next_count: date | None


def carry_out_act(wiring: Wiring, code: str, type_: str, data: Mapping[str, object]) -> BatchOutcome:
    """Carry out one act on an organisation, with all that follows, in one transaction.

    ``data`` are the fields of the event, as it would come over the network; ``on`` is a civil date. The same
    act a second time changes nothing.

    *Raises*: FaultError with every reason why it can't be done; then nothing has changed.
    """
    now = wiring.now()
    _check_act_day(data["on"], now)
    event = build_act_event(code, type_, data, now)
    if isinstance(event, InvalidEvent):
        raise FaultError([name_option(fault) for fault in event.faults])

    def work(connection: Connection) -> BatchOutcome:
        library = wiring.runner.library(connection)
        outcome = process_batch([InboundEvent(event, "organisations")], connection, library, now)
        if outcome.dead_letters:
            raise FaultError([name_option(f) for letter in outcome.dead_letters for f in letter.faults])
        return outcome

    return run_act(wiring, work)


def _check_act_day(day: object, now: datetime) -> None:
    """Check that an act is not still to come. *Raises*: FaultError."""
    if isinstance(day, date) and day > civil_date(now):
        raise FaultError(_FAULTS.build("still_to_come", field="--on", value=day))


def build_act_event(code: str, type_: str, data: Mapping[str, object], now: datetime) -> Event | InvalidEvent:
    """Build the event of an act. Its id and its time follow from what it says."""
    given = {name: value for name, value in data.items() if value is not None}
    day = given["on"]
    assert isinstance(day, date), "the caller parses the day"
    digest = sha256(f"{sorted(given.items())!r}".encode()).hexdigest()[:16]
    return validate_event(
        {
            "specversion": "1.0",
            "id": f"{type_}/{code}/{digest}",
            "source": SOURCE,
            "type": type_,
            "subject": code,
            "time": start_of_day(day).isoformat(),
            "data": given | {"on": day.isoformat()},
        },
        now,
    )


def name_option(fault: Fault) -> Fault:
    """Return a fault with the option's name in place of the event's path."""
    place = (fault.field or "").removeprefix("data.")
    return fault.at(field={"subject": "CODE"}.get(place, f"--{place}".replace("_", "-")))


def read_split_parts(parts: Path, members: Path | None) -> list[dict[str, object]]:
    """Read the new organisations of a split, and who goes to which of them.

    *Raises*: FaultError with all faults of both files; OSError.
    """
    listed, faults = parse_organisations(read_table_file(parts.read_bytes(), parts.name))
    going: dict[str, list[str]] = {one.code: [] for one in listed}
    if members is not None:
        table = read_table_file(members.read_bytes(), members.name)
        faults += table.faults
        for row in table.rows:
            member, code = row.text(_MEMBER), row.text(_CODE)
            if broken := row.faults_in((*_MEMBER, *_CODE)):
                faults += [fault.at(file=members.name) for fault in broken]
            elif code in going and member:
                going[code].append(member)
            else:
                faults.append(
                    _FAULTS.build("no_part", file=members.name, row=row.number, field="组织代码", value=code)
                )
    if faults:
        raise FaultError(faults)
    return [
        {
            "organisation": one.code,
            "members": going[one.code],
            **one.founded.model_dump(exclude_none=True, include={"name", "kind", "parent", "credit_code"}),
        }
        for one in listed
    ]


def compare_list(wiring: Wiring, file: Path, on: date | None) -> OrganisationDifference:
    """Return what a list of organisations (CSV, XLSX) would change in the tree; change nothing.

    *Raises*: FaultError with all faults of the file; OSError.
    """
    day = on or civil_date(wiring.now())
    listed, faults = parse_organisations(read_table_file(file.read_bytes(), file.name))
    if faults:
        raise FaultError(sorted(faults, key=lambda fault: fault.row or 0))
    with wiring.database.read() as connection:
        spans = read_spans(connection, [one.code for one in listed])
    if faults := find_fixed_differences(listed, spans, file.name):
        raise FaultError(sorted(faults, key=lambda fault: fault.row or 0))
    return compare_with_tree(listed, spans, day)


def import_list(
    wiring: Wiring, file: Path, on: date | None, by: str, *, dry_run: bool
) -> OrganisationDifference:
    """Make the tree like a list, all of it or nothing; return what was different.

    A dry run does all of it and takes it back, so that it finds the same faults.

    *Raises*: FaultError with all faults, each with its row; OSError.
    """
    difference = compare_list(wiring, file, on)
    now = wiring.now()

    def work(connection: Connection) -> None:
        library = wiring.runner.library(connection)
        faults: list[Fault] = []
        with show_progress(wiring.render(N_("importing organisations")), len(difference.acts)) as advance:
            for start in range(0, len(difference.acts), _TOGETHER):
                portion = difference.acts[start : start + _TOGETHER]
                faults += _apply_portion(portion, file.name, by, connection, library, now)
                advance(start + len(portion))
        if faults:
            raise FaultError(sorted(faults, key=lambda fault: fault.row or 0))

    run = run_and_roll_back if dry_run else run_in_transaction
    run(wiring.database, work)
    return difference


def _apply_portion(
    portion: Sequence[PlannedAct],
    file: str,
    by: str,
    connection: Connection,
    library: RuleLibrary,
    now: datetime,
) -> list[Fault]:
    """Apply some acts of a list; return why some of them can't be done."""
    faults: list[Fault] = []
    items = []
    rows: dict[str, int] = {}
    for act in portion:
        data = {name: getattr(act.payload, name) for name in act.payload.model_fields_set} | {"by": by}
        event = build_act_event(act.code, act.type, data, now)
        if isinstance(event, InvalidEvent):
            faults += [_name_column(fault, file, act.row) for fault in event.faults]
        else:
            rows[event.id] = act.row
            items.append(InboundEvent(event, f"{file}:{act.row}"))
    for letter in process_batch(items, connection, library, now).dead_letters:
        faults += [_name_column(fault, file, rows[letter.event_id or ""]) for fault in letter.faults]
    return faults


def _name_column(fault: Fault, file: str, row: int) -> Fault:
    place = (fault.field or "").removeprefix("data.")
    return fault.at(file=file, row=row, field=_COLUMNS.get(place, place))


def load_tree(wiring: Wiring, code: str | None, on: date | None) -> list[OrganisationSpan]:
    """Return the organisations of a subtree on a day, each after its parent; without a code all of them.

    *Raises*: FaultError if there is no such organisation on that day.
    """
    day = on or civil_date(wiring.now())
    with wiring.database.read() as connection:
        spans = list_subtree_spans(connection, code, day)
    if code is not None and not any(span.code == code for span in spans):
        raise FaultError(_FAULTS.build("unknown", field="CODE", value=code, day=day))
    return spans


def load_organisation(wiring: Wiring, code: str, on: date | None) -> OrganisationView:
    """Return an organisation as it is on a day, and all that ever happened to it.

    *Raises*: FaultError if it was never founded.
    """
    day = on or civil_date(wiring.now())
    with wiring.database.read() as connection:
        spans = read_spans(connection, [code])[code]
        history = read_recorded_changes(connection, [code])
        if not history:
            raise FaultError(_FAULTS.build("unknown", field="CODE", value=code, day=day))
        current = span_on(spans, day)
        named = {one for span in spans for one in (*span.lineage, span.into)}
        named |= {one.change.parent for one in history}
        return OrganisationView(
            day,
            spans,
            current,
            history,
            organisation_names(connection, {one for one in named if one}),
            count_current_members(connection, [code]).get(code, 0),
            count_subtree(connection, code, day) - (current is not None),
            find_next_count(current, wiring.settings.count_days) if current else None,
        )


def rebuild_projections(wiring: Wiring) -> tuple[int, int]:
    """Fold organisations and memberships anew from what happened; return how many rows of each there are."""

    def work(connection: Connection) -> tuple[int, int]:
        lock_rulebook_exclusive(connection)
        return rebuild_organisations(connection), rebuild_memberships(connection)

    return run_act(wiring, work)
