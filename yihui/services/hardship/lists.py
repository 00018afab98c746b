"""Load case files as officers see them: those of their own subtrees, with masked names and the income per head."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from events.retries import run_in_transaction
from members import organisation_names
from members.hardship.case import FileEvent, FileState, HardshipFile
from members.hardship.faults import HARDSHIP_FAULTS, HardshipRefused
from members.hardship.household import LEVELS, IncomeAgainstLine, compare_income
from members.hardship.income_lines import IncomeLine
from members.hardship.names import read_names
from members.hardship.repository import (
    FileQuery,
    find_file,
    list_files,
    list_files_to_release,
    list_organisations,
    read_events,
)
from members.organisations.storage import list_subtree
from members.persons import mask_name
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.authorisation import authorise, require_fresh_login
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.hardship.income_lines import find_lines, line_fen
from yihui.services.hardship.intake import check_codes, check_reason, raise_faults
from yihui.services.members.vault import require_vault

FILE_KIND = "hardship_file"


@dataclass(frozen=True, slots=True)
class FileStatus:
    """A case file with its income against the line, masked names by their places, and names of organisations."""

    file: HardshipFile
    income: IncomeAgainstLine
    names: Mapping[int, str]
    organisations: Mapping[str, str]
    is_due: bool
    line: IncomeLine | None = None  # which was decided; None: the setting's, or there is none


@dataclass(frozen=True, slots=True)
class FileHistory:
    """A case file, and every change of it in order."""

    status: FileStatus
    events: Sequence[FileEvent]


def require_file(connection: Connection, number: int, *, lock: bool = False) -> HardshipFile:
    """Return a case file. *Raises*: HardshipRefused if there is none."""
    file = find_file(connection, number, lock=lock) if 0 < number < 2**63 else None
    if file is None:
        raise HardshipRefused(HARDSHIP_FAULTS.build("unknown_case", field="case", value=number))
    return file


def load_file_status(wiring: Wiring, file: HardshipFile) -> FileStatus:
    """Load what is shown of a case file."""
    with wiring.database.read() as connection:
        return _statuses(wiring, connection, [file])[0]


def _statuses(wiring: Wiring, connection: Connection, files: Sequence[HardshipFile]) -> list[FileStatus]:
    today = civil_date(wiring.now())
    lines = find_lines(wiring, connection, {one.organisation for one in files})
    above = [one.organisation for one in lines.values() if one is not None]
    organisations = organisation_names(connection, {*above, *(one.organisation for one in files)})
    names: Mapping[int, Mapping[int, str]] = {}
    if wiring.vault is not None:
        names = read_names(connection, wiring.vault.keys, [one.number for one in files])
    return [
        FileStatus(
            file,
            compare_income(file.persons, line_fen(wiring, lines[file.organisation])),
            {place: mask_name(name) for place, name in names.get(file.number, {}).items()},
            organisations,
            file.is_due(today),
            lines[file.organisation],
        )
        for file in files
    ]


def load_files(
    wiring: Wiring,
    actor: Actor | None,
    query: FileQuery,
    *,
    only_due: bool = False,
    only_visits: bool = False,
    within: str | None = None,
) -> list[FileStatus]:
    """Load the case files that somebody may see, the newest first, masked; ``within`` names one subtree.

    ``only_visits`` leaves those with a planned visit whose money waits for release. *Raises*: FaultError.
    """
    raise_faults(
        [
            *check_codes("state", [query.state] if query.state else [], list(FileState)),
            *check_codes("level", [query.level] if query.level else [], LEVELS),
        ]
    )
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        authorise(wiring, connection, actor, Right.READ_HARDSHIP, None)
        assert actor is not None
        codes = visible_organisations(wiring, connection, actor, list_organisations(connection))
        if within is not None:
            below = list_subtree(connection, within, today)
            if not below:
                raise FaultError(
                    HARDSHIP_FAULTS.build("unknown_organisation", field="organisation", value=within[:15])
                )
            codes = list(below) if codes is None else sorted(set(codes) & set(below))
        wanted = replace(query, organisations=codes, due_by=today if only_due else query.due_by)
        if only_visits:
            numbers = [one.number for one in list_files_to_release(connection, codes)]
            wanted = replace(wanted, numbers=numbers)
        return _statuses(wiring, connection, list_files(connection, wanted))


def visible_organisations(
    wiring: Wiring, connection: Connection, actor: Actor, codes: Iterable[str]
) -> list[str] | None:
    """Return those of some organisations whose case files and claims somebody may see; None stands for all."""
    today = civil_date(wiring.now())
    scope = OfficerScope(subtrees(actor, Right.READ_HARDSHIP, today), today)
    if scope.is_everywhere:
        return None
    return sorted(scope.find_covered(connection, codes))


def load_file(wiring: Wiring, actor: Actor | None, number: int) -> FileHistory:
    """Load a case file with its history, masked; the reading is recorded before it is shown. *Raises*: FaultError."""
    file = read_file(wiring, actor, number)
    with wiring.database.read() as connection:
        events = read_events(connection, [number])[number][: file.version]
        return FileHistory(_statuses(wiring, connection, [file])[0], events)


def read_file(wiring: Wiring, actor: Actor | None, number: int) -> HardshipFile:
    """Return a case file that somebody may read; the reading is recorded. *Raises*: FaultError."""

    def work(connection: Connection) -> HardshipFile:
        authorise(wiring, connection, actor, Right.READ_HARDSHIP, None)  # a stranger learns no numbers
        file = require_file(connection, number)
        decision = authorise(wiring, connection, actor, Right.READ_HARDSHIP, file.organisation)
        assert actor is not None
        if not wiring.settings.read_only:
            entry = AuditEntry(
                Right.READ_HARDSHIP.value,
                FILE_KIND,
                str(number),
                organisation=file.organisation,
                by=decision.by,
            )
            append_audit_entry(connection, actor, entry, wiring.now())
        return file

    if wiring.settings.read_only:
        with wiring.database.read() as connection:
            return work(connection)
    return run_in_transaction(wiring.database, work)


def unmask_names(wiring: Wiring, actor: Actor | None, number: int, reason: str) -> Mapping[int, str]:
    """Return the names of a household in clear, with a reason; the log of it is written before anything is shown.

    *Raises*: FaultError.
    """
    raise_faults(check_reason(reason))

    def work(connection: Connection) -> Mapping[int, str]:
        authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, None)
        file = require_file(connection, number)
        decision = authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, file.organisation)
        assert actor is not None
        require_fresh_login(wiring, actor, Right.KEEP_HARDSHIP)
        names = read_names(connection, require_vault(wiring).keys, [number])[number]
        entry = AuditEntry(
            "hardship.unmask", FILE_KIND, str(number), reason.strip(), file.organisation, decision.by
        )
        append_audit_entry(connection, actor, entry, wiring.now())
        return names

    return run_in_transaction(wiring.database, work)
