"""The jobs of the schedule; each finds the slots of a day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, get_args

from sqlalchemy import Connection

from benefits import count_ending_vouchers, find_ending_vouchers
from events.schedule.slots import Slot
from members import (
    NOT_MEMBERS,
    Birthday,
    count_all_members,
    count_anniversary_candidates,
    count_birthday_candidates,
    count_review_candidates,
    find_anniversaries,
    find_birthdays,
    find_due_reviews,
    iter_all_members,
    read_member_changes,
)
from rules import FESTIVALS, FactValue, Rule, RuleLibrary, may_consider_event, territory_covers

FESTIVAL_TYPE = "calendar.festival"
# What the library ``holidays`` calls each festival in Chinese; a day made up for one has another name.
_NAMES = MappingProxyType(
    {
        "元旦": "元旦",
        "春节": "春节",
        "国际妇女节": "妇女节",
        "清明节": "清明",
        "劳动节": "劳动节",
        "五四青年节": "青年节",
        "端午节": "端午",
        "六一儿童节": "儿童节",
        "建军节": "建军节",
        "中秋节": "中秋",
        "国庆节": "国庆节",
    }
)
JobName = Literal["birthday", "anniversary", "hardship_review", "festival", "voucher_ending"]
JOB_NAMES: tuple[JobName, ...] = get_args(JobName)
BIRTHDAY_SOURCE = "/birthdays"  # source of events
SCHEDULE_SOURCE = "/schedule"
DEFAULT_REVIEW_MONTHS = 12
Pages = Iterator[tuple[int, list[Slot]]]
"""Pages of slots, each with the number of candidates examined so far."""


def festivals_on(day: date) -> tuple[str, ...]:
    """Return the festivals whose own day it is, as rules name them; days off around it are no festival.

    *Source*: the library ``holidays``, calendar CN: the first of the days that have a festival's name.
    """
    return tuple(name for name in FESTIVALS if _first_days(day.year).get(name) == day)


@lru_cache(64)
def _first_days(year: int) -> dict[str, date]:
    import holidays

    calendar = holidays.country_holidays(
        "CN", years=year, language="zh_CN", categories=("public", "half_day")
    )
    found: dict[str, date] = {}
    for day, names in sorted(calendar.items()):
        for name in names.split("; "):
            if name in _NAMES:
                found.setdefault(_NAMES[name], day)
    return found


def iter_listening_rules(library: RuleLibrary, festival: str, day: date) -> Iterator[Rule]:
    """Yield the versions in force on the day that react to this festival, whatever is known of a member.

    A rule whose ``among`` is false for the festival alone does not react: 春节's rule doesn't send
    国庆节 to everybody.
    """
    known: dict[str, FactValue] = {
        "event.festival": festival,
        "event.on": day,
        "event.occurred_on": day,
    }
    for rules in library.by_event.get(FESTIVAL_TYPE, {}).values():
        for rule in rules:
            if rule.definition.in_force.holds(day) and may_consider_event(rule, known):
                yield rule


@dataclass(frozen=True, slots=True)
class ScheduleTerms:
    """The rules in force, and how many months lie between two reviews of a hardship case."""

    library: RuleLibrary
    review_months: int = DEFAULT_REVIEW_MONTHS


@dataclass(frozen=True, slots=True)
class Job:
    """One job: ``count`` is the number of candidates of a day, ``find`` their slots."""

    name: JobName
    type: str
    count: Callable[[Connection, date, ScheduleTerms], int] = field(repr=False)
    find: Callable[[Connection, date, ScheduleTerms], Pages] = field(repr=False)


def birthday_slot(birthday: Birthday) -> Slot:
    """Return the slot of a birthday: one for each year of its calendar (decision 0046), with the same id each time."""
    on = birthday.on.isoformat()
    return Slot(
        "birthday",
        birthday.member_id,
        str(birthday.year),
        birthday.on,
        f"birthday-{birthday.member_id}-{on}-{birthday.calendar}",
        "member.birthday",
        {"on": on, "calendar": birthday.calendar, "year": birthday.year},
        BIRTHDAY_SOURCE,
    )


def _build_slot(job: JobName, type: str, subject: str, period: str, day: date, /, **data: object) -> Slot:
    id_ = f"{job}-{subject}-{period}"
    return Slot(job, subject, period, day, id_, type, {"on": day.isoformat(), **data}, SCHEDULE_SOURCE)


def _birthdays(connection: Connection, day: date, _terms: ScheduleTerms) -> Pages:
    for examined, found in find_birthdays(connection, [day]):
        yield examined, [birthday_slot(one) for one in found]


def _anniversaries(connection: Connection, day: date, _terms: ScheduleTerms) -> Pages:
    for examined, found in find_anniversaries(connection, day):
        yield (
            examined,
            [
                _build_slot(
                    "anniversary", "member.anniversary", one.member_id, str(day.year), day, years=one.years
                )
                for one in found
            ],
        )


def _reviews(connection: Connection, day: date, terms: ScheduleTerms) -> Pages:
    for examined, found in find_due_reviews(connection, day, terms.review_months):
        yield (
            examined,
            [
                _build_slot(
                    "hardship_review",
                    "hardship.review_due",
                    one.member_id,
                    one.reviewed_on.isoformat(),
                    day,
                    level=one.level,
                    reviewed_on=one.reviewed_on.isoformat(),
                )
                for one in found
            ],
        )


def _count_festivals(connection: Connection, day: date, terms: ScheduleTerms) -> int:
    return count_all_members(connection) if _owners_by_festival(day, terms) else 0


def _owners_by_festival(day: date, terms: ScheduleTerms) -> dict[str, set[str]]:
    """Return the owners of the rules that react to each of the day's festivals; none without such a rule."""
    found = {
        festival: {rule.definition.owner for rule in iter_listening_rules(terms.library, festival, day)}
        for festival in festivals_on(day)
    }
    return {festival: owners for festival, owners in found.items() if owners}


def _festivals(connection: Connection, day: date, terms: ScheduleTerms) -> Pages:
    from events.organisations import load_history_lineages
    from events.projection import member_facts

    owners = _owners_by_festival(day, terms)
    examined = 0
    for page in iter_all_members(connection) if owners else ():
        examined += len(page)
        slots = []
        histories = read_member_changes(connection, page)
        lineages = load_history_lineages(connection, histories.values())
        for member, changes in histories.items():
            facts = member_facts(changes, day, lineages)
            code = facts["member.organisation"] or facts["member.district"]
            if facts["member.status"] in NOT_MEMBERS or not isinstance(code, str):
                continue
            slots += [
                _build_slot("festival", FESTIVAL_TYPE, member, f"{name}/{day.year}", day, festival=name)
                for name, codes in owners.items()
                if any(territory_covers(owner, code) for owner in codes)
            ]
        yield examined, slots


def _endings(connection: Connection, day: date, _terms: ScheduleTerms) -> Pages:
    for examined, found in find_ending_vouchers(connection, day):
        yield (
            examined,
            [
                _build_slot(
                    "voucher_ending",
                    "voucher.ending",
                    one.member_id,
                    f"{one.rule_id}/{day}",
                    day,
                    rule=one.rule_id,
                    count=one.count,
                )
                for one in found
            ],
        )


JOBS = MappingProxyType(
    {
        job.name: job
        for job in (
            Job(
                "birthday",
                "member.birthday",
                lambda connection, day, _: count_birthday_candidates(connection, [day]),
                _birthdays,
            ),
            Job(
                "anniversary",
                "member.anniversary",
                lambda connection, day, _: count_anniversary_candidates(connection, day),
                _anniversaries,
            ),
            Job(
                "hardship_review",
                "hardship.review_due",
                lambda connection, day, terms: count_review_candidates(connection, day, terms.review_months),
                _reviews,
            ),
            Job("festival", FESTIVAL_TYPE, _count_festivals, _festivals),
            Job(
                "voucher_ending",
                "voucher.ending",
                lambda connection, day, _: count_ending_vouchers(connection, day),
                _endings,
            ),
        )
    }
)
"""The jobs by name, in the order in which a day's events are published."""
