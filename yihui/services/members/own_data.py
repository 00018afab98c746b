"""What is known of the member who asks, from where, and who read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from members import FactValue, facts_on, organisation_names, read_member_changes
from members.history import MemberChange
from members.persons import PersonField
from store import ERASED_PREFIX
from yihui.access.audit_erasure import read_entries_about
from yihui.access.roles import Role
from yihui.bootstrap import Wiring
from yihui.services.members.vault import load_masked_person

MOST_READINGS = 100


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact as it is today; ``since`` and ``origin`` say when and by which event it was stated last."""

    path: str
    value: FactValue
    since: date
    origin: str
    source: str


@dataclass(frozen=True, slots=True)
class DataReading:
    """Who else read or changed the member's data: the role and the organisation, never the person.

    ``reason`` is None where it isn't hers to know: an audit's, and one that was erased.
    """

    at: datetime
    act: str
    role: str | None
    organisation: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class OwnData:
    """What a member's page of her data shows. ``person`` is masked: others may look at her phone."""

    person: Mapping[PersonField, str] = field(repr=False)
    facts: Sequence[KnownFact] = field(repr=False)
    readings: Sequence[DataReading]  # at most `MOST_READINGS`, the newest
    has_older_readings: bool
    names: Mapping[str, str]


def load_own_data(wiring: Wiring, member: str) -> OwnData:
    """Load what is known of a member."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        changes = read_member_changes(connection, [member])[member]
        readings = _list_readings(connection, member)
        facts = list(_find_origins(changes, today))
        codes = {str(one.value) for one in facts} | {one.organisation or "" for one in readings}
        names = organisation_names(connection, codes)
    is_cut = len(readings) > MOST_READINGS
    person = load_masked_person(wiring, member)
    return OwnData(person, facts, readings[:MOST_READINGS], is_cut, names)


def _find_origins(changes: Sequence[MemberChange], day: date) -> list[KnownFact]:
    """Return each fact that was stated by today, with the last event that did; what follows from others is left out."""
    known = sorted((one for one in changes if civil_date(one.effective_at) <= day), key=_instant)
    found = []
    for path, value in facts_on(changes, day).items():
        if value is None or value == ():
            continue
        stated = [one for one in known if path.removeprefix("member.") in one.values]
        if stated:
            last = stated[-1]
            found.append(KnownFact(path, value, civil_date(last.effective_at), last.type, last.source))
    return found


def _instant(one: MemberChange) -> datetime:
    return one.effective_at


def _list_readings(connection: Connection, member: str) -> list[DataReading]:
    """Return the entries about a member that are not her own acts, the newest first.

    Who the officer is and what was changed isn't among them.
    """
    others = [row for row in read_entries_about(connection, member) if row["actor"] != member]
    return [_build_reading(row) for row in reversed(others)]


def _build_reading(row: Mapping[str, object]) -> DataReading:
    reason, role = str(row["reason"]), row["role"]
    is_hers = role != Role.AUDITOR.value and not reason.startswith(ERASED_PREFIX)
    at, organisation = row["at"], row["organisation"]
    assert isinstance(at, datetime)
    return DataReading(
        at,
        str(row["act"]),
        None if role is None else str(role),
        None if organisation is None else str(organisation),
        reason if is_hers and reason else None,
    )
