"""By which day members must hand in again what was sent back to them, and which rules take applications on a day."""

from collections.abc import Collection
from datetime import date, timedelta
from itertools import chain

from sqlalchemy import Connection, and_, func, or_, select

from core.civil_time import end_of_day, start_of_day
from members.applications import DAYS_TO_RESUBMIT
from members.tables import application_steps
from rules import Rule, RuleLibrary
from yihui.cases.applications.rule_forms import ApplicationForm, accepts_day

_NEAR, _DAY, _A_YEAR = timedelta(days=92), timedelta(days=1), timedelta(days=366)


def list_members_of_application_deadlines(
    connection: Connection, last_day: date, among: Collection[str] | None = None
) -> set[str]:
    """Return the members whose application was sent back to them, and keeps its first day until a day."""
    c = application_steps.c
    last = select(func.max(c.sequence).label("last")).group_by(c.member_id, c.application).subquery()
    sent_back = last_day - timedelta(days=DAYS_TO_RESUBMIT)
    of_no_day = and_(
        c.resubmit_until.is_(None),
        c.effective_at >= start_of_day(sent_back),
        c.effective_at < end_of_day(sent_back),
    )
    query = select(c.member_id).join(last, last.c.last == c.sequence)
    query = query.where(c.accepted.is_(False), or_(c.resubmit_until == last_day, of_no_day))
    if among is not None:
        query = query.where(c.member_id.in_(among))
    return set(connection.execute(query).scalars())


def find_own_deadline(form: ApplicationForm, last_day: date | None, today: date) -> date | None:
    """Return until when a member can apply as things are today: entries close, a season or year ends; else None.

    ``last_day`` is that of the rule. It counts where entries have a last day, or once it is near: before, a rule that
    ends says nothing about her. A condition may end earlier.
    """
    closed, entries = _find_closed(form, today), form.rule.definition.allocate.entries
    ends = [closed - _DAY] if closed else []
    if last_day is not None and (entries or last_day - today <= _NEAR):
        ends.append(last_day)
    return min(ends, default=None)


def find_opening_day(rule: Rule, today: date) -> date | None:
    """Return the day to come from which members can apply: entries begin, or a process's yearly window; None if they can today."""
    process, entries = rule.definition.process, rule.definition.allocate.entries
    first = max(entries.since, today) if entries else today
    while process and process.window and not process.window.holds(first):
        first += _DAY
    return first if first > today else None


def find_window_end(rule: Rule, day: date, last_day: date | None) -> date | None:
    """Return the last day of the yearly window that is open on a day, or was before it; never after the rule's ``last_day``."""
    window, first = rule.definition.process and rule.definition.process.window, day
    if not window:
        return last_day
    while not window.holds(day):
        day -= _DAY
    while window.holds(day + _DAY) and day - first < _A_YEAR:
        day += _DAY
    return min(day, last_day or day)


def _find_closed(form: ApplicationForm, today: date) -> date | None:
    """Return the first day, within two years, on which a condition that holds today no longer does; else None."""
    near = (today + n * _DAY for n in range(1, 32))
    first_days = (
        date(today.year + (today.month + n) // 12, (today.month + n) % 12 + 1, 1) for n in range(24)
    )
    closed = next((day for day in chain(near, first_days) if not accepts_day(form, day)), None)
    if closed is None or not accepts_day(form, today):
        return None
    while not accepts_day(form, closed - _DAY):
        closed -= _DAY
    return closed


def find_closing_day(library: RuleLibrary, day: date, *, rule: str = "", programme: str = "") -> date | None:
    """Return the last day before ``day`` on which a rule, or any of a programme, took applications; None if it never did."""
    ends = [
        one.definition.last_application_day
        for one in library.rules
        if (process := one.definition.process) and (one.id == rule or process.programme == programme)
    ]
    return max((end for end in ends if end is not None and end < day), default=None)


def accepts_applications(library: RuleLibrary, programme: str, placed: str, day: date) -> bool:
    """Return whether a rule with a process accepts applications for a programme on a day."""
    return bool(list_accepting_rules(library, programme, placed, day))


def list_accepting_rules(library: RuleLibrary, programme: str, placed: str, day: date) -> list[Rule]:
    """List the rules with a process that accept applications for a programme on a day."""
    return [
        rule
        for rule in list_process_rules(library, placed, day)
        if rule.definition.process is not None and rule.definition.process.programme == programme
    ]


def list_process_rules(library: RuleLibrary, placed: str, day: date) -> list[Rule]:
    """List the rules with a process that take applications on a day for a place in the tree.

    A rule that has ended takes those about what happened before, for as many days as it states.
    """
    events = {rule.definition.on for rule in library.rules if rule.definition.process}
    days = [day, *(sorted(_list_last_days(library, day)) if library.looks_back else ())]
    found: dict[tuple[str, str], Rule] = {}
    for on in days:
        for event in sorted(events):
            for rule in library.candidates(event, placed, on):
                if rule.definition.process and day <= (rule.definition.last_application_day or day):
                    found.setdefault((event, rule.id), rule)
    return [found[key] for key in sorted(found)]


def _list_last_days(library: RuleLibrary, day: date) -> set[date]:
    """Return the last days of versions that have ended but still take applications on a day."""
    ends = ((one.definition.in_force.until, one.definition.last_application_day) for one in library.rules)
    return {until for until, last in ends if until and last and until < day <= last}
