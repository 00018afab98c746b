"""Count members and their movements in the database, and list them; the rows never stand in memory together.

A movement is the difference between the ends of two days in a row: who is a member today and was not yesterday
has joined, who was and isn't has left, and who is one of another organisation was transferred.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Literal

from sqlalchemy import Connection, Date, TextClause, bindparam, text

from core.civil_time import end_of_day
from members.organisation_codes import OrganisationLevel, organisation_level
from members.organisations.storage import load_lineages, read_path
from members.organisations.tree import OrganisationLineages
from members.tables import memberships, organisation_spans
from store import Instant

Measure = Literal["members", "joins", "transfers_in", "transfers_out", "leavers"]
MEASURES: tuple[Measure, ...] = ("members", "joins", "transfers_in", "transfers_out", "leavers")
_PAGE_ROWS = 1_000
_MOST_RANGES = 200
_PAST_ALL = ":"  # the character after the digits; a code holds digits and a hyphen

_BEFORE = "SELECT 1 FROM memberships o WHERE o.member_id = s.member_id AND o.until = s.since"
_AFTER = "SELECT 1 FROM memberships o WHERE o.member_id = s.member_id AND o.since = s.until"
_ELSEWHERE = " AND o.organisation <> s.organisation"
# The column with a movement's day, and which memberships it concerns.
_MOVEMENTS = {
    "joins": ("since", f"NOT EXISTS ({_BEFORE})"),
    "transfers_in": ("since", f"EXISTS ({_BEFORE}{_ELSEWHERE})"),
    "transfers_out": ("until", f"EXISTS ({_AFTER}{_ELSEWHERE})"),
    "leavers": ("until", f"NOT EXISTS ({_AFTER})"),
}
# By database: a value in a change, the month of a day, and the instant at which a day ends.
_FORMS = {
    "sqlite": (
        "json_extract(c.changes, '$.{name}')",
        "substr({day}, 1, 7)",
        "({day} || 'T16:00:00.000000+00:00')",
    ),
    "postgresql": (
        "(c.changes::json ->> '{name}')",
        "to_char({day}, 'YYYY-MM')",
        "(({day} + TIME '16:00') AT TIME ZONE 'UTC')",
    ),
}
_TRAIT = (
    "(SELECT {value} FROM member_changes c WHERE c.member_id = s.member_id AND c.effective_at < {end}"
    " AND {value} IS NOT NULL ORDER BY c.effective_at DESC, c.sequence DESC LIMIT 1)"
)


@dataclass(frozen=True, slots=True)
class CountedPeriod:
    """The days of the movements; members are those at the end of the last day."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class CodeRanges:
    """Where the codes of a subtree may lie: a superset by the codes' first digits. No prefixes: anywhere."""

    prefixes: tuple[str, ...] = ()

    def condition(self, dialect: str) -> tuple[str, dict[str, object]]:
        """Return the condition in SQL, and its parameters. Codes are compared by their characters."""
        if not self.prefixes:
            return "", {}
        code = 's.organisation COLLATE "C"' if dialect == "postgresql" else "s.organisation"
        parts = [f"({code} >= :low{n} AND {code} < :high{n})" for n in range(len(self.prefixes))]
        bounds: dict[str, object] = {}
        for number, prefix in enumerate(self.prefixes):
            bounds |= {f"low{number}": prefix, f"high{number}": prefix + _PAST_ALL}
        return f" AND ({' OR '.join(parts)})", bounds


@dataclass(frozen=True, slots=True)
class MovementGroup:
    """So many members or movements of one organisation itself; a trait or month that wasn't asked for is None."""

    organisation: str
    trade: str | None
    employment_form: str | None
    month: str | None
    count: int


@dataclass(frozen=True, slots=True)
class ListedMember:
    """One member or movement behind a number; ``day`` is that of the movement, or since when the membership holds."""

    member_id: str
    day: date
    organisation: str
    trade: str | None
    employment_form: str | None


@dataclass(frozen=True, slots=True)
class CountedColumns:
    """What the groups are told apart by, beside the organisation."""

    trade: bool = False
    employment_form: bool = False
    month: bool = False


def find_code_ranges(connection: Connection, root: str, day: date) -> CodeRanges:
    """Return where the codes below an organisation may lie, also those of organisations that were moved there."""
    prefixes = {_own_prefix(root)}
    path = read_path(connection, root, day)
    spans = organisation_spans.c
    moved = connection.execute(
        organisation_spans.select()
        .with_only_columns(spans.code)
        .where(spans.is_exceptional, spans.path >= path, spans.path < path + "\U0010ffff")
        .distinct()
    ).scalars()
    prefixes |= {_own_prefix(code) for code in moved}
    kept = [one for one in sorted(prefixes) if not any(one != p and one.startswith(p) for p in prefixes)]
    return CodeRanges(tuple(kept)) if len(kept) <= _MOST_RANGES else CodeRanges()


def _own_prefix(code: str) -> str:
    """Return how the codes begin that stand below a code by their form."""
    level = organisation_level(code)
    digits = {OrganisationLevel.PROVINCE: 2, OrganisationLevel.CITY: 4}.get(level, len(code))
    return code[:digits]


def iter_groups(
    connection: Connection,
    measure: Measure,
    period: CountedPeriod,
    columns: CountedColumns,
    ranges: CodeRanges,
) -> Iterator[MovementGroup]:
    """Yield the counts of each organisation, trait and month, as the database groups them."""
    day, where, bounds = _source(connection, measure, period, ranges)
    month = _FORMS[connection.dialect.name][1].format(day=f"s.{day}")
    chosen = [
        "s.organisation",
        _trait(connection, measure, "trade") if columns.trade else "NULL",
        _trait(connection, measure, "employment_form") if columns.employment_form else "NULL",
        month if columns.month and measure != "members" else "NULL",
    ]
    inner = ", ".join(f"{what} AS {name}" for what, name in zip(chosen, "oabc", strict=True))
    query = _bound(f"SELECT o, a, b, c, count(*) FROM (SELECT {inner} {where}) AS g GROUP BY o, a, b, c")
    rows = connection.execution_options(yield_per=_PAGE_ROWS).execute(query, bounds)
    for row in rows:
        yield MovementGroup(*row)


def iter_listed_members(
    connection: Connection,
    measure: Measure,
    period: CountedPeriod,
    ranges: CodeRanges,
    after: tuple[str, date] | None = None,
) -> Iterator[ListedMember]:
    """Yield the members or movements that ``iter_groups`` counts, by member and day."""
    day, where, bounds = _source(connection, measure, period, ranges)
    if after is not None:
        where += f" AND (s.member_id > :after OR (s.member_id = :after AND s.{day} > :after_day))"
        bounds |= {"after": after[0], "after_day": after[1]}
    traits = [_trait(connection, measure, name) for name in ("trade", "employment_form")]
    query = _bound(
        f"SELECT s.member_id, s.{day}, s.organisation, {traits[0]}, {traits[1]} {where}"
        f" ORDER BY s.member_id, s.{day}"
    ).columns(memberships.c.member_id, memberships.c.since)
    rows = connection.execution_options(yield_per=_PAGE_ROWS).execute(query, bounds)
    for row in rows:
        yield ListedMember(*row)


def _source(
    connection: Connection, measure: Measure, period: CountedPeriod, ranges: CodeRanges
) -> tuple[str, str, dict[str, Any]]:
    """Return the column of the day, FROM and WHERE of a measure, and their parameters."""
    near, bounds = ranges.condition(connection.dialect.name)
    bounds |= {"last": period.last}
    if measure == "members":
        held = "s.since <= :last AND (s.until IS NULL OR s.until > :last)"
        return "since", f"FROM memberships s WHERE {held}{near}", bounds | {"end": end_of_day(period.last)}
    day, which = _MOVEMENTS[measure]
    where = f"FROM memberships s WHERE s.{day} >= :first AND s.{day} <= :last AND {which}{near}"
    return day, where, bounds | {"first": period.first}


def _trait(connection: Connection, measure: Measure, name: str) -> str:
    """Return the member's fact at the end of the day: of the movement, or of the day asked about."""
    value, _, end = _FORMS[connection.dialect.name]
    column = "until" if measure in ("transfers_out", "leavers") else "since"
    ends = ":end" if measure == "members" else end.format(day=f"s.{column}")
    return _TRAIT.format(value=value.format(name=name), end=ends)


def _bound(statement: str) -> TextClause:
    types: dict[str, Any] = {"first": Date(), "last": Date(), "after_day": Date(), "end": Instant}
    used = set(re.findall(r":([a-z_]+)", statement))
    return text(statement).bindparams(
        *(bindparam(name, type_=kind) for name, kind in types.items() if name in used)
    )


class TreeOfDay:
    """The tree of organisations on one day, for many codes; each code's place is looked up once."""

    def __init__(self, connection: Connection, day: date) -> None:
        self.day = day
        self._connection = connection
        self._chains: dict[str, tuple[str, ...]] = {}

    def load(self, codes: Iterable[str]) -> None:
        """Load the places of codes, in portions."""
        new = [code for code in dict.fromkeys(codes) if code not in self._chains]
        for start in range(0, len(new), _PAGE_ROWS):
            portion = new[start : start + _PAGE_ROWS]
            lineages: OrganisationLineages = load_lineages(self._connection, portion)
            self._chains |= {code: tuple(reversed(lineages.lineage(code, self.day))) for code in portion}

    def load_ahead(self, groups: Iterable[MovementGroup]) -> Iterator[MovementGroup]:
        """Yield groups whose places are loaded, a portion with one query."""
        waiting = iter(groups)
        while portion := list(islice(waiting, _PAGE_ROWS)):
            self.load(group.organisation for group in portion)
            yield from portion

    def chain(self, code: str) -> Sequence[str]:
        """Return the codes from the root of the tree down to this one."""
        if code not in self._chains:
            self.load([code])
        return self._chains[code]
