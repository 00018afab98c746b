"""入会直通车: sign up many persons from one sheet for one organisation, all of them or none."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from benefits import Officer
from core.faults import Fault, FaultError, FaultTable, raise_faults_by_row
from core.sheets.listed_rows import ListedThings
from core.sheets.table import Row, Table
from core.text_marks import N_
from members import PersonalData, usual_columns
from members.columns import missing_column_fault
from members.identity import member_pseudonym
from members.joining.repository import insert_request, store_person, update_request
from members.joining.request import REQUEST_LIFE, JoinRequest
from members.persons import PersonField, mask_person
from yihui.access.acting import state_act
from yihui.bootstrap import Wiring
from yihui.cases.joining.identity import TypedIdentity, parse_identity
from yihui.cases.joining.joining import is_member_here, lock_person, make_member
from yihui.cases.joining.requests import mark_proof, require_joining_vault, require_organisation
from yihui.files.tables import SheetReader
from yihui.services.access.acting import act_as_officer, acting_officer, preview_act
from yihui.services.ledger.sealing import seal_pending

MOST_ROWS = 2_000
MOST_PREVIEWED = 20
_TITLES: Mapping[PersonField, str] = {"name": "姓名", "id_number": "身份证号", "phone": "手机号"}
BATCH_FAULTS = FaultTable(
    "join_batch",
    {
        "unsigned": (
            N_("it was not said that each person on the sheet signed"),
            N_("collect the signatures, on paper or as photos, keep them, and give --signed"),
        ),
        "no_rows": (N_("the sheet names nobody"), N_("write one person in each row below the headers")),
        "too_many": (
            N_("the sheet has {value} rows; {most} fit into one batch"),
            N_("divide it into several files"),
        ),
        "other_person": (
            N_("the union knows another name or phone number of this ID number"),
            N_("look at the card; then let the person join by the organisation's code, and approve it"),
        ),
        "elsewhere": (
            N_("this person is a member of {organisation} now"),
            N_("transfer her: yihui members transfer {value} --to {to}"),
        ),
        "repeated_person": (
            N_("this person stands on the sheet twice; first in row {first}"),
            N_("keep one of the two rows"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class _SignedUp:
    """A person of the sheet and the row."""

    person: PersonalData
    member_id: str
    row: int


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How many of a sheet joined, and how many were members of the organisation already."""

    organisation: str
    by: str
    joined: int
    already: int


@dataclass(frozen=True, slots=True)
class PreviewedPerson:
    """A person of a sheet as outputs may show her, the row, and whether she is a member there already."""

    row: int
    masks: Mapping[PersonField, str]
    is_there: bool


@dataclass(frozen=True, slots=True)
class BatchPreview:
    """What a sheet would come to, with its first persons, so that an officer can compare them with the file."""

    joined: int
    already: int
    first: Sequence[PreviewedPerson]


def read_batch(content: bytes, file: str, sheets: SheetReader) -> Table:
    """Read a sheet of persons. *Raises*: FaultError if it is no table, or columns are missing."""
    return sheets.read(content, file, _find_persons)


def join_batch(wiring: Wiring, sheet: Table, code: str, by: str, *, signed: bool) -> BatchResult:
    """Make everybody on a sheet a member of an organisation, in one transaction; the officer is kept with each.

    Each person confirmed by a signature, which the officer keeps. Run again, it finds all of them there.

    *Raises*: FaultError with the faults of all rows, and then nobody joined.
    """
    if not signed:
        raise FaultError(BATCH_FAULTS.build("unsigned", field="--signed"))
    require_joining_vault(wiring)
    assert wiring.identity_key  # first used outside of the transaction: it has one of its own
    states = act_as_officer(
        wiring,
        by,
        "",
        lambda connection, officer: _join_sheet(wiring, connection, officer, sheet, code, is_trial=False),
    )
    seal_pending(wiring)
    counts = Counter(states.values())
    return BatchResult(code, by, counts["joined"], counts["already_member"])


def preview_batch(wiring: Wiring, sheet: Table, code: str, by: str) -> BatchPreview:
    """Return what a sheet would come to; nothing is stored.

    *Raises*: FaultError with the faults of all rows.
    """
    require_joining_vault(wiring)
    assert wiring.identity_key
    officer = acting_officer(wiring, by)
    states = preview_act(
        wiring, lambda connection: _join_sheet(wiring, connection, officer, sheet, code, is_trial=True)
    )
    counts = Counter(states.values())
    first = [
        PreviewedPerson(one.row, mask_person(one.person), state == "already_member")
        for one, state in sorted(states.items(), key=lambda item: item[0].row)[:MOST_PREVIEWED]
    ]
    return BatchPreview(counts["joined"], counts["already_member"], first)


def _join_sheet(
    wiring: Wiring, connection: Connection, officer: Officer, sheet: Table, code: str, *, is_trial: bool
) -> dict[_SignedUp, str]:
    require_organisation(connection, code, officer.today)
    people, faults = _read_people(wiring.identity_key, sheet, officer)
    if not people and not faults:
        faults = [BATCH_FAULTS.build("no_rows", file=sheet.file)]
    states: dict[_SignedUp, str] = {}
    for one in sorted(people, key=lambda one: one.member_id):  # two batches can't deadlock
        try:
            states[one] = _join(wiring, connection, one, code, officer, is_trial=is_trial)
        except FaultError as refused:
            faults += [fault.at(file=sheet.file, row=one.row) for fault in refused.faults]
    raise_faults_by_row(faults)
    state_act("organisation", code, organisation=code, after=dict(Counter(states.values())))
    return states


def _read_people(key: bytes, table: Table, officer: Officer) -> tuple[list[_SignedUp], list[Fault]]:
    """Check every row; return the persons and all faults."""
    columns = _columns(table)
    faults = list(table.faults)
    faults += [missing_column_fault(table, _TITLES[name]) for name, found in columns.items() if not found]
    if len(table.rows) > MOST_ROWS:
        faults.append(BATCH_FAULTS.build("too_many", file=table.file, value=len(table.rows), most=MOST_ROWS))
    if faults:
        return [], faults
    present = {name: header for name, header in columns.items() if header}
    people: dict[str, _SignedUp] = {}
    for row in table.rows:
        if broken := row.faults_in(present.values()):
            faults += [fault.at(file=table.file) for fault in broken]
            continue
        try:
            person = _parse_row(row, present, officer)
        except FaultError as refused:
            faults += [
                replace(fault, field=present.get(_field(fault), fault.field)).at(
                    file=table.file, row=row.number
                )
                for fault in refused.faults
            ]
            continue
        assert person.id_number is not None
        member = member_pseudonym(person.id_number, key)
        if (first := people.get(member)) is not None:
            faults.append(
                BATCH_FAULTS.build(
                    "repeated_person",
                    file=table.file,
                    row=row.number,
                    field=present["id_number"],
                    first=first.row,
                )
            )
            continue
        people[member] = _SignedUp(person, member, row.number)
    return list(people.values()), faults


def _columns(table: Table) -> dict[PersonField, str | None]:
    known = usual_columns()
    personal, numbers = known.find_personal(table), known.find_headers(table)["id_number"]
    return {
        "name": personal.get("name"),
        "id_number": next(iter(numbers), None),
        "phone": personal.get("phone"),
    }


def _find_persons(table: Table) -> ListedThings:
    columns = _columns(table)
    return ListedThings((columns["id_number"], columns["phone"]), (columns["name"],))


def _field(fault: Fault) -> PersonField:
    return fault.field if fault.field in _TITLES else "name"  # type: ignore[return-value]


def _parse_row(row: Row, columns: Mapping[PersonField, str], officer: Officer) -> PersonalData:
    """Check one row; an apostrophe by which a spreadsheet marks a text is left out."""
    cells = {name: row.text((header,)).strip().lstrip("'’‘") for name, header in columns.items()}
    return parse_identity(TypedIdentity(cells["name"], cells["id_number"], cells["phone"]), officer.today)


def _join(
    wiring: Wiring, connection: Connection, one: _SignedUp, code: str, officer: Officer, *, is_trial: bool
) -> str:
    """Make one person a member; return the state in which the request ended.

    A trial stops before the event and the vault, which may be a database of its own; its caller rolls back.
    """
    request = JoinRequest(
        secrets.token_hex(16),
        code,
        "batch",
        officer.at,
        officer.at + REQUEST_LIFE,
        state="proven",
        member_id=one.member_id,
        signed_up_by=officer.who,
    )
    request = mark_proof(wiring, request, one.person)
    insert_request(connection, request, None)
    store_person(connection, require_joining_vault(wiring).keys.newest, request.id, one.person)
    standing = lock_person(wiring, connection, request, officer.at)
    typed = dict(one.person.items())
    if any(typed.get(name) != value for name, value in standing.known.items()):
        raise FaultError(BATCH_FAULTS.build("other_person"))
    if standing.status == "active" and standing.organisation != code:
        raise FaultError(
            BATCH_FAULTS.build("elsewhere", value=one.member_id, organisation=standing.organisation, to=code)
        )
    if is_member_here(connection, standing, request):
        ended = request.succeed("already_member", officer.at)
    elif is_trial:
        return "joined"
    else:
        make_member(wiring, connection, request, standing, officer.at)
        ended = request.succeed("joined", officer.at)
    update_request(connection, ended)
    return ended.state
