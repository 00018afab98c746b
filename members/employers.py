"""Where members of 会员之家 work: employers that have enough members for a union of their own.

An employer with 25 members or more has to have a committee. *Source*: 工会法 (2021), 第十一条.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from pydantic_core import from_json
from sqlalchemy import Connection, and_, or_, select

from core.civil_time import start_of_day
from core.simplified import list_spellings
from members.organisations.tree import OrganisationSpan
from members.tables import member_changes, memberships, organisation_spans
from store import in_json_array, json_array

_UNION_ENDINGS = ("", "工会", "工会委员会", "委员会")


@dataclass(frozen=True, slots=True)
class EmployedMember:
    """An active member of a members' home, and where she works."""

    member_id: str
    home: str
    employer: str


@dataclass(frozen=True, slots=True)
class FoundingProposal:
    """An employer and how many active members each home has of it, by the home's code.

    ``union`` is the code of an organisation that has the employer's name or credit code already.
    """

    employer: str
    homes: Mapping[str, int]
    union: str | None = None

    @property
    def members(self) -> int:
        """The members in all homes."""
        return sum(self.homes.values())


def normalize_employer(text: str) -> str:
    """Return an employer's name or credit code in one spelling: half-width signs, single blanks."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    return plain.upper() if len(plain) == 18 and plain.isascii() and plain.isalnum() else plain


def iterate_employed_members(
    connection: Connection, homes: Sequence[str], day: date
) -> Iterator[EmployedMember]:
    """Yield the active members of some homes whose employer is known on a day, by home and id.

    Only what was recorded of employers is read: the homes of a province have hundreds of thousands of members.
    """
    one, change = memberships.c, member_changes.c
    query = (
        select(one.member_id, one.organisation, change.changes)
        .join(member_changes, change.member_id == one.member_id)
        .where(in_json_array(one.organisation, "homes"), one.until.is_(None), one.status == "active")
        .where(
            change.effective_at < start_of_day(day + timedelta(days=1)),
            change.changes.contains('"employer":'),
        )
        .order_by(one.organisation, one.member_id, change.effective_at, change.sequence)
    )
    rows = connection.execute(query, {"homes": json_array(homes)})
    for (member_id, home), stated in groupby(rows, key=lambda row: (row.member_id, row.organisation)):
        *_, last = (from_json(row.changes).get("employer") for row in stated)
        if last and (name := normalize_employer(str(last))):
            yield EmployedMember(member_id, home, name)


def find_proposals(
    employed: Iterable[EmployedMember], unions: Iterable[OrganisationSpan], least: int
) -> list[FoundingProposal]:
    """Return the employers with at least so many members, most members first.

    ``unions`` are the organisations of the day. Two spellings of a name are two employers: nothing is guessed.
    """
    counts: dict[str, Counter[str]] = {}
    for one in employed:
        counts.setdefault(one.employer, Counter())[one.home] += 1
    enough = {employer: homes for employer, homes in counts.items() if homes.total() >= least}
    known = _find_unions(unions, enough) if enough else {}
    proposals = [FoundingProposal(name, dict(homes), known.get(name)) for name, homes in enough.items()]
    return sorted(proposals, key=lambda one: (-one.members, one.employer))


def find_possible_unions(
    connection: Connection, employers: Iterable[str], day: date
) -> list[OrganisationSpan]:
    """Return the organisations of a day that may be those of some employers: by name or by credit code."""
    from members.organisations.storage import span_from_row

    wanted, here = list(employers), organisation_spans.c
    names = [one + end for name in wanted for one in list_spellings(name) for end in _UNION_ENDINGS]
    named = or_(in_json_array(here.name, "names"), in_json_array(here.credit_code, "codes"))
    there = and_(here.since <= day, or_(here.until.is_(None), here.until > day))
    query = select(organisation_spans).where(there, named).order_by(here.path)
    rows = connection.execute(query, {"names": json_array(names), "codes": json_array(wanted)})
    return [span_from_row(row) for row in rows.mappings()]


def _find_unions(unions: Iterable[OrganisationSpan], employers: Mapping[str, object]) -> dict[str, str]:
    """Return the organisation of each employer that has one: its credit code, or its name with 工会 or without."""
    found: dict[str, str] = {}
    for span in unions:
        name = normalize_employer(span.name)
        for spelling in (name, name.removesuffix("委员会").removesuffix("工会"), span.credit_code):
            if spelling is not None and spelling in employers:
                found.setdefault(spelling, span.code)
    return found
