"""Two people: whether the second one is somebody else than the first, by name, by person and by deputyship."""

from datetime import datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.officers import Appointment, find_officer, list_appointments, list_officers

_SOMEBODY_ELSE = N_("let a colleague do it who is neither of them, nor stands in for either")
SECOND_PERSON_FAULTS = FaultTable(
    "second_person",
    {
        "same": (
            N_("{who} did the first step and can't do the second"),
            N_("let a colleague look at it and do it"),
        ),
        "same_subject": (N_("{who} and {first} are one person"), _SOMEBODY_ELSE),
        "deputy": (N_("{who} and {first} stand in for one another, or for the same officer"), _SOMEBODY_ELSE),
    },
)


def check_second_person(
    connection: Connection, first: str, first_at: datetime, second: str, now: datetime
) -> None:
    """Refuse a second step by the person who did the first one, or by who stands for that person.

    ``first`` and ``second`` are actors as they are stored: an officer, or ``console:NAME``. A deputy counts as
    both persons, in every role and from the first step to the second one, also if the deputyship was withdrawn in
    between: otherwise an officer could appoint a friend for an hour.

    *Raises*: FaultError.
    """
    code = _find_likeness(connection, first, first_at, second, now)
    if code is not None:
        raise FaultError(
            SECOND_PERSON_FAULTS.build(code, field="--as", value=second, who=second, first=first)
        )


def _find_likeness(
    connection: Connection, first: str, first_at: datetime, second: str, now: datetime
) -> str | None:
    if first.casefold() == second.casefold():
        return "same"
    one, other = _subject(connection, first), _subject(connection, second)
    if one == other:
        return "same_subject"
    persons = [
        {subject} | _deputised(connection, who, first_at, now)
        for subject, who in ((one, first), (other, second))
    ]
    return "deputy" if persons[0] & persons[1] else None


def _subject(connection: Connection, who: str) -> str:
    """Return the person behind an actor; an actor who is no officer is only known by name."""
    known = find_officer(connection, who)
    return (known.subject if known else who).casefold()


def _deputised(connection: Connection, who: str, first_at: datetime, now: datetime) -> set[str]:
    """Return the persons for whom an officer stood in at any time from the first step to now."""
    known = find_officer(connection, who)
    if known is None:
        return set()
    principals = {
        one.deputy_of
        for one in list_appointments(connection, _ids_of_person(connection, known.subject))
        if one.deputy_of is not None and _was_in_force(one, first_at, now)
    }
    return {_subject(connection, name) for name in principals}


def _ids_of_person(connection: Connection, subject: str) -> list[str]:
    return [one.id for one in list_officers(connection) if one.subject.casefold() == subject.casefold()]


def _was_in_force(one: Appointment, first_at: datetime, now: datetime) -> bool:
    begins = civil_date(first_at)
    if one.withdrawn_at is not None and one.withdrawn_at < first_at:
        return False
    return one.since <= civil_date(now) and (one.until is None or begins <= one.until)
