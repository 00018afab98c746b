"""Count members, joins, transfers and leavers of an organisation and all below it, and list who is behind a number."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.sheets.listed_rows import ListedThings, select_listed_rows
from core.text_marks import N_
from members import organisation_names
from members.organisation_codes import (
    ORGANISATION_CODE_FORM,
    OrganisationLevel,
    is_organisation_code,
    organisation_level,
)
from members.statistics.eligible import (
    CODE,
    ELIGIBLE_COLUMNS,
    ELIGIBLE_FAULTS,
    WORKERS,
    EligibleWorkers,
    parse_eligible_workers,
    sum_eligible_workers,
)
from members.statistics.movements import (
    MEASURES,
    CodeRanges,
    CountedPeriod,
    ListedMember,
    Measure,
    TreeOfDay,
    find_code_ranges,
    iter_groups,
    iter_listed_members,
)
from members.statistics.tables import (
    ALL,
    LEVELS,
    Chain,
    Dimension,
    StatisticsTable,
    TableForm,
    build_rounded_table,
    build_table,
    count_cells,
    find_cell,
)
from yihui.bootstrap import Wiring
from yihui.files.tables import read_table_file

MOST_MONTHS = 120
MOST_LISTED = 1_000
_OWN = N_("ask for your own organisation, or for one below it")
STATISTICS_FAULTS = FaultTable(
    "statistics",
    {
        "organisation": (N_("{value} is no organisation's code"), ORGANISATION_CODE_FORM),
        "first_after_last": (N_("{field} can't be {value}"), N_("the first day comes before the last")),
        "still_to_come": (N_("{value} is still to come"), N_("choose today or an earlier day")),
        "many_months": (N_("from {value} on there are {months} months"), N_("choose at most {most} months")),
        "same_twice": (N_("rows and columns can't both be {value}"), N_("leave one of them out")),
        "no_such_row": (N_("there is no {field} {value} in this table"), N_("choose one of: {known}")),
        "list_of_column": (
            N_("a column was chosen, but the table has none"),
            N_("say by --across what the columns are"),
        ),
        "after": (N_("{field} can't be {value}"), N_("copy it from the end of the list before")),
        "outside_year": (
            N_("outside your own subtree only a whole calendar year that is over is shown, not {value}"),
            N_("choose 1 January to 31 December of a past year: {first} to {last}"),
        ),
        "outside_small": (
            N_("outside your own subtree only organisations down to the county are shown, not {value}"),
            N_("ask for the county above it, or for your own organisation"),
        ),
        "outside_traits": (
            N_("outside your own subtree one trait at a time is shown, by itself or by organisation"),
            N_("leave one of the two out"),
        ),
        "outside_list": (
            N_("outside your own subtree no members are listed: two lists together could name somebody"),
            _OWN,
        ),
    },
)


@dataclass(frozen=True, slots=True)
class StatisticsQuery:
    """What is asked. ``reader`` is the organisation of whoever asks; None: this installation's own officers."""

    root: str | None = None
    rows: Dimension = "organisation"
    columns: Dimension | None = None
    first: date | None = None
    last: date | None = None
    reader: str | None = None
    eligible: Path | None = None


@dataclass(frozen=True, slots=True)
class MemberStatistics:
    """A table with its period, the names of the organisations in it, and the eligible workers by row."""

    query: StatisticsQuery
    period: CountedPeriod
    table: StatisticsTable
    names: Mapping[str, str]
    eligible: Mapping[str, int] = field(default_factory=dict)
    sources: Sequence[EligibleWorkers] = ()
    notes: Sequence[Fault] = ()  # on the file of eligible workers

    def coverage(self, row: str) -> float | None:
        """Return members ÷ eligible workers of a row; None where either isn't known."""
        members, workers = self.table.count("members", row), self.eligible.get(row)
        return None if members is None or not workers else members / workers


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The cell whose members are listed; without row or column, all of them."""

    measure: Measure = "members"
    row: str | None = None
    column: str | None = None
    after: str | None = None
    most: int = MOST_LISTED


@dataclass(frozen=True, slots=True)
class MemberList:
    """A page of the members or movements behind a number; ``after`` continues it, None at its end."""

    measure: Measure
    items: tuple[ListedMember, ...]
    after: str | None


def load_member_statistics(wiring: Wiring, query: StatisticsQuery) -> MemberStatistics:
    """Count members and movements; outside the reader's subtree numbers are rounded. *Raises*: FaultError."""
    today = civil_date(wiring.now())
    eligible, notes = read_eligible_workers(query.eligible, today) if query.eligible else ([], ())
    with wiring.database.read() as connection:
        query, period, is_outside = _check_query(connection, query, today)
        tree = TreeOfDay(connection, period.last)
        table = _count_table(connection, query, period, tree, is_outside)
        workers = _count_eligible(table, eligible, period.last, tree)
        codes = {query.root, query.reader, *_organisations(table), *(one.code for one in eligible)} - {
            None,
            ALL,
        }
        names = organisation_names(connection, [code for code in codes if code])
    return MemberStatistics(query, period, table, names, workers, tuple(eligible), notes)


def list_counted_members(wiring: Wiring, query: StatisticsQuery, chosen: ListQuery) -> MemberList:
    """List who is behind a number, a page at a time. *Raises*: FaultError."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        query, period, is_outside = _check_query(connection, query, today)
        if is_outside:
            raise FaultError(STATISTICS_FAULTS.build("outside_list", field="--list"))
        query = replace(query, last=period.last)
        cell = _check_cell(query, chosen, period)
        period = _period_of_cell(query, chosen.measure, cell, period)
        found: list[ListedMember] = []
        for one in _iter_cell(connection, query, chosen, cell, period):
            if len(found) == chosen.most:
                return MemberList(chosen.measure, tuple(found), f"{found[-1].member_id}@{found[-1].day}")
            found.append(one)
    return MemberList(chosen.measure, tuple(found), None)


def _check_query(
    connection: Connection, query: StatisticsQuery, today: date
) -> tuple[StatisticsQuery, CountedPeriod, bool]:
    """Return the query with its codes in plain digits, its period, and whether it reaches outside."""
    query = replace(query, root=_check_code(query.root, "CODE"), reader=_check_code(query.reader, "--for"))
    if query.columns == query.rows:
        raise FaultError(STATISTICS_FAULTS.build("same_twice", field="--across", value=query.rows))
    last = query.last or today
    if last > today:
        raise FaultError(STATISTICS_FAULTS.build("still_to_come", field="--to", value=last))
    is_outside = query.reader is not None and not _is_below(connection, query.root, query.reader, last)
    if is_outside:
        return query, _check_outside(query, today), True
    first = query.first or last.replace(month=1, day=1)
    if first > last:
        raise FaultError(STATISTICS_FAULTS.build("first_after_last", field="--from", value=first))
    months = len(list_months(CountedPeriod(first, last)))
    if months > MOST_MONTHS and "month" in (query.rows, query.columns):
        raise FaultError(
            STATISTICS_FAULTS.build(
                "many_months", field="--from", value=first, months=months, most=MOST_MONTHS
            )
        )
    return query, CountedPeriod(first, last), False


def _check_code(code: str | None, field: str) -> str | None:
    if code is None:
        return None
    plain = unicodedata.normalize("NFKC", code).strip()
    if not is_organisation_code(plain):
        raise FaultError(STATISTICS_FAULTS.build("organisation", field=field, value=code))
    return plain


def _is_below(connection: Connection, root: str | None, reader: str, day: date) -> bool:
    return root is not None and reader in TreeOfDay(connection, day).chain(root)


def _check_outside(query: StatisticsQuery, today: date) -> CountedPeriod:
    """Return the calendar year that is shown outside the reader's own subtree. *Raises*: FaultError."""
    faults = []
    past = CountedPeriod(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
    first = query.first or (query.last.replace(month=1, day=1) if query.last else past.first)
    last = query.last or first.replace(month=12, day=31)
    if (first.month, first.day) != (1, 1) or last != date(first.year, 12, 31) or last >= today:
        faults.append(
            STATISTICS_FAULTS.build(
                "outside_year", field="--from", value=f"{first} – {last}", first=past.first, last=past.last
            )
        )
    if query.root is not None and organisation_level(query.root) > OrganisationLevel.COUNTY:
        faults.append(STATISTICS_FAULTS.build("outside_small", field="CODE", value=query.root))
    if query.columns is not None and "organisation" not in (query.rows, query.columns):
        faults.append(STATISTICS_FAULTS.build("outside_traits", field="--across", value=query.columns))
    raise_faults(faults)
    return CountedPeriod(first, last)


def list_months(period: CountedPeriod) -> list[str]:
    """Return the months of a period, such as 2026-05."""
    first, last = (day.year * 12 + day.month - 1 for day in (period.first, period.last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(first, last + 1)]


def _end_of_month(month: str, period: CountedPeriod) -> date:
    after = date.fromisoformat(f"{month}-28") + timedelta(days=4)
    return min(after - timedelta(days=after.day), period.last)


def _count_table(
    connection: Connection, query: StatisticsQuery, period: CountedPeriod, tree: TreeOfDay, is_outside: bool
) -> StatisticsTable:
    """Count the cells; outside the reader's subtree, organisations below the county stand with their county."""
    chain = _cut_below_county(tree.chain) if is_outside else tree.chain
    form = TableForm(query.root, query.rows, query.columns)
    ranges = find_code_ranges(connection, query.root, period.last) if query.root else CodeRanges()
    by_month = "month" in form.dimensions
    months = list_months(period) if by_month else []
    counts: dict[Measure, Counter[tuple[str, str]]] = {}
    for measure in MEASURES:
        found = counts.setdefault(measure, Counter())
        for month in months if measure == "members" and by_month else [""]:
            days = CountedPeriod(period.first, _end_of_month(month, period)) if month else period
            groups = iter_groups(connection, measure, days, form.counted, ranges)
            found.update(count_cells(tree.load_ahead(groups), form, chain, month))
    return (build_rounded_table if is_outside else build_table)(form, counts, months)


def _cut_below_county(chain: Chain) -> Chain:
    def cut(code: str) -> Sequence[str]:
        first, *rest = chain(code)
        return first, *(one for one in rest if organisation_level(one) <= OrganisationLevel.COUNTY)

    return cut


def _organisations(table: StatisticsTable) -> tuple[str, ...]:
    if table.form.rows == "organisation":
        return table.rows
    return table.columns if table.form.columns == "organisation" else ()


def read_eligible_workers(path: Path, today: date) -> tuple[list[EligibleWorkers], Sequence[Fault]]:
    """Read how many workers could be members, and the notes of the file. *Raises*: FaultError with all faults of the file."""
    table = read_table_file(path.read_bytes(), path.name)
    table = select_listed_rows(table, ListedThings((CODE,), (WORKERS,)))
    missing = [name for name in ELIGIBLE_COLUMNS if name not in table.headers]
    raise_faults([ELIGIBLE_FAULTS.build("column", file=path.name, value=name) for name in missing])
    found, faults = parse_eligible_workers(((row.number, row.cells) for row in table.rows), today)
    faults += [*table.faults, *(fault for row in table.rows for fault in row.faults_in(ELIGIBLE_COLUMNS))]
    if not found and not faults:
        faults = [ELIGIBLE_FAULTS.build("no_rows", value=path.name)]
    raise_faults([fault.at(file=path.name) for fault in faults])
    return found, table.notes


def _count_eligible(
    table: StatisticsTable, listed: Sequence[EligibleWorkers], day: date, tree: TreeOfDay
) -> dict[str, int]:
    """Return eligible workers by row: of organisations, and of the total."""
    if not listed:
        return {}
    tree.load(one.code for one in listed)
    root = table.form.root
    rows = {row: row for row in table.rows if row != root} if table.form.rows == "organisation" else {}
    found = {row: sum_eligible_workers(listed, code, day, tree.chain) for row, code in rows.items()}
    if root is not None:
        found[ALL] = sum_eligible_workers(listed, root, day, tree.chain)
    elif rows and all(found.values()):
        found[ALL] = sum(workers or 0 for workers in found.values())
    return {row: workers for row, workers in found.items() if workers}


def _check_cell(
    query: StatisticsQuery, chosen: ListQuery, period: CountedPeriod
) -> tuple[str | None, str | None]:
    """Return the keys of the chosen cell as the table has them. *Raises*: FaultError."""
    if chosen.column is not None and query.columns is None:
        raise FaultError(STATISTICS_FAULTS.build("list_of_column", field="--column", value=chosen.column))
    row = _check_key(query.rows, chosen.row, "--row", period)
    column = _check_key(query.columns, chosen.column, "--column", period) if query.columns else None
    return row, column


def _check_key(dimension: Dimension, key: str | None, field: str, period: CountedPeriod) -> str | None:
    if key is None:
        return None
    plain = unicodedata.normalize("NFKC", key).strip()
    known: Sequence[str] = ()
    if dimension == "organisation":
        _check_code(plain, field)
    elif dimension == "level":
        plain, known = plain.lower(), LEVELS
    elif dimension == "month":
        known = list_months(period)
    if known and plain not in known:
        raise FaultError(
            STATISTICS_FAULTS.build("no_such_row", field=field, value=key, known=", ".join(known))
        )
    return plain


def _period_of_cell(
    query: StatisticsQuery, measure: Measure, cell: tuple[str | None, str | None], period: CountedPeriod
) -> CountedPeriod:
    """Return the days of a cell: members of a month are those at its end."""
    keys = zip((query.rows, query.columns), cell, strict=True)
    month = next((key for dimension, key in keys if dimension == "month"), None)
    if month is None:
        return period
    first = date.fromisoformat(f"{month}-01")
    return CountedPeriod(max(first, period.first), _end_of_month(month, period))


def _iter_cell(
    connection: Connection,
    query: StatisticsQuery,
    chosen: ListQuery,
    cell: tuple[str | None, str | None],
    period: CountedPeriod,
) -> Iterator[ListedMember]:
    """Yield the members of a cell, placed by the tree of the last day asked about."""
    last = query.last
    assert last is not None, "the caller fills it in: the tree is that of the last day"
    tree = TreeOfDay(connection, last)
    form = TableForm(query.root, query.rows, query.columns)
    ranges = find_code_ranges(connection, query.root, last) if query.root else CodeRanges()
    after = _parse_after(chosen.after)
    for one in iter_listed_members(connection, chosen.measure, period, ranges, after):
        month = f"{period.last if chosen.measure == 'members' else one.day:%Y-%m}"
        found = find_cell(one, form, tree.chain, month)
        if found is not None and all(key is None or key == own for key, own in zip(cell, found, strict=True)):
            yield one


def _parse_after(text: str | None) -> tuple[str, date] | None:
    if text is None:
        return None
    member, _, day = text.rpartition("@")
    try:
        return member, date.fromisoformat(day)
    except ValueError as error:
        raise FaultError(STATISTICS_FAULTS.build("after", field="--after", value=text)) from error
