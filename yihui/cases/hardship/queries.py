"""Which case files an officer may see, and what a list or a page shows of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date, end_of_day
from core.text_marks import N_
from members.hardship.case import VISIT_MOVES, FileAct, HardshipFile
from members.hardship.faults import HARDSHIP_FAULTS
from members.hardship.household import IncomeAgainstLine, compare_income
from yihui.access.roles import Right
from yihui.cases.hardship.files import HISTORY
from yihui.cases.kernel.scope import find_codes_within, is_own_step
from yihui.frame.listing import Looking, RowSlice
from yihui.frame.todo import Waiting
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from members.hardship.repository import IncomeLine


@dataclass(frozen=True, slots=True)
class FileStatus:
    """A case file with its income against the line, and its masked names by their places."""

    file: HardshipFile
    income: IncomeAgainstLine
    is_due: bool
    names: "Mapping[int, str]" = field(default_factory=dict)
    line: "IncomeLine | None" = None  # which was decided; None: the setting's, or there is none


def find_files(look: Looking[Any]) -> RowSlice[FileStatus]:
    """Find the case files that the officer may see, the newest first. *Raises*: FaultError for an organisation that there isn't."""
    from members.hardship.repository import (
        FileQuery,
        list_files_to_release,
        list_organisations,
        select_files,
    )

    asked, connection, today = look.filter, look.connection, civil_date(look.now)
    codes = find_codes_within(
        look, list_organisations, Right.READ_HARDSHIP, asked.organisation, HARDSHIP_FAULTS
    )
    numbers = None
    if asked.state == "visits":
        numbers = [one.number for one in list_files_to_release(connection, codes)]
    state = asked.state if asked.state not in ("due", "visits") else None
    due_by = today if asked.state == "due" else None
    query = FileQuery(codes, state, asked.level, asked.member, due_by, numbers)
    found = HISTORY.find(look, select_files(query))
    return RowSlice(load_statuses(look, found.rows), found.total)


def find_due_files(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the case files whose review is due and that the officer keeps."""
    from members.hardship.repository import FileQuery, list_organisations, select_files

    codes = look.scope(Right.KEEP_HARDSHIP).list_covered(look.connection, list_organisations)
    found = HISTORY.find(look, select_files(FileQuery(codes, due_by=civil_date(look.now))))
    return found.map(
        lambda one: _wait(one, end_of_day(one.review_due_on) if one.review_due_on else None, language)
    )


def find_visits_to_release(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the visits that another officer planned and whose money the officer may release, each by its day."""
    from members.hardship.repository import list_files_to_release, list_organisations

    codes = look.scope(Right.KEEP_HARDSHIP).list_covered(look.connection, list_organisations)
    planned = [
        (end_of_day(visit.on), file)
        for file in list_files_to_release(look.connection, codes)
        for visit in file.visits
        if visit.state in VISIT_MOVES[FileAct.RELEASE_VISIT] and not is_own_step(look, visit.planned_by)
    ]
    planned.sort(key=lambda pair: (pair[0], pair[1].number))
    return look.cut(planned).map(lambda pair: _wait(pair[1], pair[0], language))


def _wait(file: HardshipFile, due: datetime | None, language: Language) -> Waiting:
    title = language.render(N_("Case file {number}"), number=file.number)
    return Waiting(title, f"/desk/hardship/files/{file.number}", due, file.worker, file.organisation)


def load_statuses(look: Looking[Any], files: Sequence[HardshipFile]) -> list[FileStatus]:
    """Return what is shown of some case files; names are masked."""
    from members.hardship.names import read_names
    from members.persons import mask_name
    from yihui.cases.hardship.income_lines import find_lines, line_fen

    today, vault = civil_date(look.now), look.wiring.vault
    lines = find_lines(look.connection, {one.organisation for one in files}, today)
    numbers = [one.number for one in files]
    names = read_names(look.connection, vault.keys, numbers) if vault is not None else {}
    return [
        FileStatus(
            file,
            compare_income(file.persons, line_fen(look.wiring, lines[file.organisation])),
            file.is_due(today),
            {place: mask_name(name) for place, name in names.get(file.number, {}).items()},
            lines[file.organisation],
        )
        for file in files
    ]
