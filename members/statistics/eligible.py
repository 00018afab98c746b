"""How many workers could be members, by organisation or district, from a table that a user hands in. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.civil_time import parse_past_date
from core.faults import Fault, FaultTable
from core.text_marks import N_
from members.organisation_codes import ORGANISATION_CODE_FORM, is_organisation_code

CODE, WORKERS, SOURCE, DAY = "代码", "职工数", "来源", "日期"
ELIGIBLE_COLUMNS = (CODE, WORKERS, SOURCE, DAY)
ELIGIBLE_FAULTS = FaultTable(
    "eligible",
    {
        "code": (N_("{value} is no code of a district or an organisation"), ORGANISATION_CODE_FORM),
        "workers": (
            N_("{value} is no number of workers"),
            N_("write a whole number above 0, without a unit"),
        ),
        "source": (N_("the source is missing"), N_("write which document or survey the number comes from")),
        "twice": (N_("{value} has two numbers of {day}"), N_("keep one of the two rows")),
        "column": (
            N_("the column {value} is missing"),
            N_("the first line names the columns 代码, 职工数, 来源, 日期"),
        ),
        "no_rows": (N_("the table has no rows"), N_("write one row for each district or organisation")),
    },
)
_NUMBER = re.compile(r"[0-9]{1,3}(,[0-9]{3})+|[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class EligibleWorkers:
    """So many workers of a district or an organisation could be members, by a source of a day."""

    code: str
    workers: int
    source: str
    day: date


def parse_eligible_workers(
    rows: Iterable[tuple[int, Mapping[str, str]]], today: date
) -> tuple[list[EligibleWorkers], list[Fault]]:
    """Parse the rows of a table, each with its number, and return what is good and all faults."""
    found: dict[tuple[str, date], EligibleWorkers] = {}
    faults: list[Fault] = []
    for number, cells in rows:
        row = {name: unicodedata.normalize("NFKC", cells.get(name, "")).strip() for name in ELIGIBLE_COLUMNS}
        wrong, day = _check_row(row, today)
        if day is not None and not wrong and (row[CODE], day) in found:
            wrong = [ELIGIBLE_FAULTS.build("twice", field=CODE, value=row[CODE], day=day)]
        faults += [fault.at(row=number) for fault in wrong]
        if not wrong and day is not None:
            count = int(row[WORKERS].replace(",", ""))
            found[row[CODE], day] = EligibleWorkers(row[CODE], count, row[SOURCE], day)
    return list(found.values()), faults


def _check_row(row: Mapping[str, str], today: date) -> tuple[list[Fault], date | None]:
    wrong = []
    if not is_organisation_code(row[CODE]):
        wrong.append(ELIGIBLE_FAULTS.build("code", field=CODE, value=row[CODE]))
    if not _NUMBER.fullmatch(row[WORKERS]) or not int(row[WORKERS].replace(",", "")):
        wrong.append(ELIGIBLE_FAULTS.build("workers", field=WORKERS, value=row[WORKERS]))
    if not row[SOURCE]:
        wrong.append(ELIGIBLE_FAULTS.build("source", field=SOURCE, value=""))
    day = parse_past_date(row[DAY], today)
    if isinstance(day, Fault):
        return [*wrong, day.at(field=DAY)], None
    return wrong, day


def sum_eligible_workers(
    listed: Sequence[EligibleWorkers], head: str, day: date, chain: Callable[[str], Sequence[str]]
) -> int | None:
    """Return the eligible workers of an organisation with all below it on a day; None if nothing is said.

    Its own number counts; without one, those of the highest organisations below it that have one, added up.
    """
    latest: dict[str, EligibleWorkers] = {}
    for one in sorted(listed, key=lambda one: one.day):
        if one.day <= day:
            latest[one.code] = one
    if head in latest:
        return latest[head].workers
    parts = []
    for code, one in latest.items():
        above = chain(code)
        if head in above and not any(other in latest for other in above[above.index(head) + 1 : -1]):
            parts.append(one.workers)
    return sum(parts) if parts else None
