"""Check that the officer of a second step is surely another person than the officer of the first one.

The check compares names, persons and deputyships, and which of the two opened the other's log-in. A user of the
operating system may be anybody, and so counts as no person (decision 0064).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from yihui.access.account_openers import list_openers
from yihui.access.accounts import AccountOpening, has_account, list_openings
from yihui.access.actor import is_console_user
from yihui.access.officers import (
    Appointment,
    find_officer,
    find_subject,
    has_officers,
    list_appointments,
    list_officers,
)
from yihui.access.roles import RIGHTS, Right

_SOMEBODY_ELSE = N_("let a colleague do it who is neither of them, nor stands in for either")
_TWO_OFFICERS = N_(
    "let two officers do it who have an account each and log in: yihui officers add, yihui login"
)
SECOND_PERSON_FAULTS = FaultTable(
    "second_person",
    {
        "same": (
            N_("{who} did the first step and can't do the second"),
            N_("let a colleague look at it and do it"),
        ),
        "same_subject": (N_("{who} and {first} are one person"), _SOMEBODY_ELSE),
        "deputy": (N_("{who} and {first} stand in for one another, or for the same officer"), _SOMEBODY_ELSE),
        "console": (
            N_("{officer} may be anybody who has a shell on this machine, and counts as neither person"),
            _TWO_OFFICERS,
        ),
        "no_account": (
            N_("{officer} has no account, so nobody can have logged in as that officer"),
            _TWO_OFFICERS,
        ),
        "no_officer": (N_("{officer} is no officer here, and counts as neither person"), _TWO_OFFICERS),
        "opened": (
            N_("{by} opened the account of {officer}, and could log in as that officer"),
            N_("let a colleague do it whose account another administrator opened"),
        ),
        "unconfirmed": (
            N_("{by} opened the account of {officer}, and no second administrator has confirmed that"),
            N_("let another administrator look at it: yihui officers confirm {officer}"),
        ),
        "new_login": (
            N_("the account of {officer} was opened by {by} less than {hours} hours ago"),
            N_("wait so long, or let another colleague do it"),
        ),
        "new_role": (
            N_("{officer} was appointed to this by {by} less than {hours} hours ago"),
            N_("wait so long, or let another colleague do it"),
        ),
        "first_right": (
            N_("{officer} did the first step and no longer has the right to it: {right}"),
            N_("refuse it, and let an officer who has the right begin again"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class TwoStepTerms:
    """How strictly two persons are told apart.

    ``wait`` is how long a new log-in or role doesn't count. In a demo one visitor plays all persons, so that names
    alone are compared. Administrators of the ``whole`` union act on officers who have no role yet.
    """

    wait: timedelta = timedelta(hours=24)
    is_demo: bool = False
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the two steps: who does it, when, and by which right. The actor is named as stored."""

    who: str
    at: datetime
    right: Right


def check_second_person(
    connection: Connection,
    first: Step,
    second: Step,
    terms: TwoStepTerms = TwoStepTerms(),
    *,
    is_opening: bool = False,
) -> None:
    """Refuse a second step by anybody who isn't surely somebody else than who did the first one.

    A deputy counts as both persons, in every role and from the first step to the second one, also if the
    deputyship was withdrawn in between: otherwise an officer could appoint a friend for an hour. Who opened an
    account, which the second one confirms, may be anybody else, also the console.

    *Raises*: FaultError.
    """
    check_somebody_else(connection, first.who, second.who, first.at, second.at)
    if terms.is_demo:
        return
    counted = [second.who] if is_opening else [first.who, second.who]
    for who in counted:
        check_counts_as_person(connection, who, terms)
    opened = [] if is_console_user(first.who) else [*_opened_by_the_other(connection, first, second)]
    faults = opened or [
        *(fault for who in counted for fault in _unconfirmed(connection, who)),
        *(fault for who in counted for fault in _opened_lately(connection, who, second.at, terms.wait)),
        *_appointed_lately(connection, second, terms.wait),
    ]
    raise_faults(faults)


def check_somebody_else(
    connection: Connection, first: str, second: str, since: datetime, now: datetime
) -> None:
    """Refuse a second actor who counts as one person with the first for what began at ``since``.

    *Raises*: FaultError.
    """
    code = find_likeness(connection, first, second, since, now)
    if code is not None:
        raise _refusal(code, second, first)


def check_counts_as_person(connection: Connection, who: str, terms: TwoStepTerms) -> None:
    """Refuse a step of two by a user of the operating system, a name that no officer has, or one without any account.

    Where there are no officers at all, a name stands for who wrote it, as before officers logged in.

    *Raises*: FaultError.
    """
    if terms.is_demo:
        return
    if is_console_user(who):
        raise _refusal("console", who)
    known = find_officer(connection, who)
    if known is None and has_officers(connection):
        raise _refusal("no_officer", who)
    if known is not None and not has_account(connection, known.id):
        raise _refusal("no_account", who)


def find_likeness(connection: Connection, one: str, other: str, since: datetime, now: datetime) -> str | None:
    """Return why two actors count as one person for what began at ``since``; None if they don't."""
    if one.casefold() == other.casefold():
        return "same"
    if find_subject(connection, one) == find_subject(connection, other):
        return "same_subject"
    persons = [
        {find_subject(connection, who)} | _deputised(connection, who, since, now) for who in (one, other)
    ]
    return "deputy" if persons[0] & persons[1] else None


def _refusal(code: str, who: str, first: str = "") -> FaultError:
    fault = SECOND_PERSON_FAULTS.build(code, field="--as", value=who, who=who, first=first, officer=who)
    return FaultError(fault)


def _opened_by_the_other(connection: Connection, first: Step, second: Step) -> Iterator[Fault]:
    """Yield a fault for each account of one person that the other one opened at any remove, and could use since."""
    for one, other in ((first.who, second.who), (second.who, first.who)):
        for opener in sorted(list_openers(connection, one)):
            if find_likeness(connection, other, opener, first.at, second.at) is not None:
                yield SECOND_PERSON_FAULTS.build(
                    "opened", field="--as", value=second.who, officer=one, by=opener
                )


def _unconfirmed(connection: Connection, who: str) -> Iterator[Fault]:
    """Yield a fault for each account that one administrator alone has looked at."""
    for opening in _openings_by_others(connection, who):
        if opening.confirmed_by is None:
            yield SECOND_PERSON_FAULTS.build(
                "unconfirmed", field="--as", value=who, officer=opening.officer, by=opening.opened_by
            )


def _opened_lately(connection: Connection, who: str, now: datetime, wait: timedelta) -> Iterator[Fault]:
    """Yield a fault for each account that somebody else opened lately: its officer must notice first."""
    for opening in _openings_by_others(connection, who):
        if now - opening.opened_at < wait:
            yield _waiting_fault("new_login", opening.officer, opening.opened_by, wait)


def _appointed_lately(connection: Connection, second: Step, wait: timedelta) -> Iterator[Fault]:
    """Yield a fault for each new role that gives the right, unless an older one gave it for the same place."""
    known = find_officer(connection, second.who)
    if known is None:
        return
    giving = [
        one
        for one in list_appointments(connection, [known.id])
        if one.withdrawn_at is None and second.right in RIGHTS[one.role]
    ]
    older = {one.organisation for one in giving if not _is_new(one, second.at, wait) and _holds(one, second)}
    for one in giving:
        if _is_new(one, second.at, wait) and one.organisation not in older:
            yield _waiting_fault("new_role", known.id, one.assigned_by, wait)


def _openings_by_others(connection: Connection, who: str) -> list[AccountOpening]:
    known = find_officer(connection, who)
    found = [] if known is None else list_openings(connection, known.id)
    return [one for one in found if one.opened_by.casefold() != one.officer.casefold()]


def _waiting_fault(code: str, officer: str, by: str, wait: timedelta) -> Fault:
    hours = int(wait.total_seconds() // 3600)
    return SECOND_PERSON_FAULTS.build(code, field="--as", value=officer, officer=officer, by=by, hours=hours)


def _is_new(one: Appointment, now: datetime, wait: timedelta) -> bool:
    return now - one.assigned_at < wait


def _holds(one: Appointment, step: Step) -> bool:
    day = civil_date(step.at)
    return one.since <= day and (one.until is None or day <= one.until)


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
    return {find_subject(connection, name) for name in principals}


def _ids_of_person(connection: Connection, subject: str) -> list[str]:
    return [one.id for one in list_officers(connection) if one.subject.casefold() == subject.casefold()]


def _was_in_force(one: Appointment, first_at: datetime, now: datetime) -> bool:
    begins = civil_date(first_at)
    if one.withdrawn_at is not None and one.withdrawn_at < first_at:
        return False
    return one.since <= civil_date(now) and (one.until is None or begins <= one.until)
