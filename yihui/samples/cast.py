"""The scripted members of the sample events, and the lines with a planted fault.

Random members show that the demo runs; scripted members show its rules at work. Each scripted member has one
case that a reader of the demo can find by its member id, and each odd line one fault that must be reported.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from random import Random

from core.civil_time import CIVIL_TIME
from rules.facts import SKILL_LEVELS
from yihui.samples.lines import build_cloud_event, format_event_line
from yihui.samples.lives import (
    IMPORTED_AT,
    Occurrence,
    application_occurrence,
    birthday_occurrence,
    certificate_occurrence,
    enrolment_occurrence,
    heat_occurrence,
)
from yihui.samples.people import Person
from yihui.samples.roll import id_number

CAKE_AND_HEAT, NEWCOMER, LEAVER, INDOORS, SUSPENDED = 1, 2, 3, 4, 5
FIRST_CERTIFIED = 6  # … 10: one for each skill level
TWICE_CERTIFIED = 8
CERTIFIED_ELSEWHERE, HARD_UP, STRANGER, RETURNER, MOVER = 11, 12, 13, 14, 15
LAST_CAST_NUMBER = MOVER

JINAN, QINGDAO, WEIHAI = "370102001-00012", "370202001-00017", "371002001-00013"


def cast_occurrences() -> list[Occurrence]:
    """Return all occurrences of the scripted members."""
    return [*_grants(), *_refusals(), *_skills(), *_movers()]


def _grants() -> Iterator[Occurrence]:
    """Yield a cake, drinks for the heat, a welcome pack and then a cake, and help with school fees."""
    rider = Person(CAKE_AND_HEAT, JINAN, "外卖员", date(1990, 5, 20))
    yield _imported(rider)
    yield replace(birthday_occurrence(rider), id="cast-birthday-1")
    yield heat_occurrence(rider.id, rider.district, date(2026, 7, 21), "红色", 40)
    newcomer = Person(NEWCOMER, QINGDAO, "快递员", date(1998, 6, 18))
    yield replace(_joined(newcomer, _at(3, 2)), id="cast-joined-2")
    yield birthday_occurrence(newcomer)
    hard_up = Person(HARD_UP, QINGDAO, "环卫工", date(1979, 11, 11))
    yield _imported(hard_up)
    yield _changed(hard_up, _at(6, 1), hardship_level="深度困难")
    yield application_occurrence(hard_up.id, _at(8, 25), "深度困难", "本科")


def _refusals() -> Iterator[Occurrence]:
    """Yield birthdays of a member who has left, a suspended one and a stranger, and heat for an office worker."""
    leaver = Person(LEAVER, JINAN, "快递员", date(1985, 8, 8))
    yield _imported(leaver)
    yield Occurrence(_at(4, 1), "member.left", leaver.id, {"reason": "离职离开本地"})
    yield birthday_occurrence(leaver)
    indoors = Person(INDOORS, JINAN, "办公室", date(1992, 12, 1))
    yield _imported(indoors)
    yield heat_occurrence(indoors.id, indoors.district, date(2026, 7, 21), "红色", 40)
    suspended = Person(SUSPENDED, JINAN, "外卖员", date(1995, 7, 7))
    yield _imported(suspended)
    yield _changed(suspended, _at(2, 1), status="suspended")
    yield birthday_occurrence(suspended)
    yield birthday_occurrence(Person(STRANGER, JINAN, "外卖员", date(1991, 5, 5)))


def _skills() -> Iterator[Occurrence]:
    """Yield certificates in Qingdao, one of each level and one level twice; and one elsewhere."""
    for number, level in enumerate(SKILL_LEVELS, start=FIRST_CERTIFIED):
        member = Person(number, QINGDAO, "货车司机", date(1980 + number, 11, number))
        yield _imported(member)
        yield certificate_occurrence(member.id, _at(4, number), "汽车维修工", level)
    again = Person(TWICE_CERTIFIED, QINGDAO, "货车司机", date(1988, 11, 8))
    yield certificate_occurrence(
        again.id, _at(8, 20), "电工", SKILL_LEVELS[TWICE_CERTIFIED - FIRST_CERTIFIED]
    )
    elsewhere = Person(CERTIFIED_ELSEWHERE, WEIHAI, "货车司机", date(1983, 10, 30))
    yield _imported(elsewhere)
    yield certificate_occurrence(elsewhere.id, _at(4, 12), "汽车维修工", "高级工")


def _movers() -> Iterator[Occurrence]:
    """Yield a member who joins twice, and one who leaves Qingdao, with a certificate from before and after."""
    returner = Person(RETURNER, JINAN, "外卖员", date(1999, 11, 20))
    yield _joined(returner, _at(2, 10))
    yield Occurrence(_at(5, 10), "member.left", returner.id, {"reason": "本人申请"})
    yield _joined(returner, _at(8, 10))
    mover = _mover()
    yield _imported(mover)
    data = {"organisation": WEIHAI, "district": WEIHAI[:6]}
    yield Occurrence(_at(6, 15), "member.transferred", mover.id, data)
    yield certificate_occurrence(mover.id, _at(7, 15), "电工", "技师")


def unreadable_lines(name: str = "odd") -> tuple[str, ...]:
    """Return lines that are no valid events; each must be reported and stored, and none may stop the others.

    ``name`` begins their ids.
    """
    event = build_cloud_event(
        birthday_occurrence(Person(CAKE_AND_HEAT, JINAN, "外卖员", date(1990, 5, 20))), name
    )
    number = id_number("370202", date(1990, 1, 1))
    leaving = {**event, "type": "member.left", "data": {"reason": f"本人申请，身份证号 {number}"}}
    return (
        f'{{"specversion":"1.0","id":"{name}-1","type":"member.birthday",',
        format_event_line({key: value for key, value in event.items() if key != "id"}),
        format_event_line({**event, "id": f"{name}-3", "type": "member.promoted"}),
        format_event_line({**event, "id": f"{name}-4", "time": "2026-05-20T08:00:00"}),  # without offset
        format_event_line({**event, "id": f"{name}-5", "time": "2031-05-20T08:00:00+08:00"}),  # in the future
        format_event_line({**leaving, "id": f"{name}-6"}),  # an ID number in the payload
    )


def late_lines() -> tuple[str, ...]:
    """Return lines that are valid events but come a second time, with other content, or months late."""
    told = {event.id: event for event in cast_occurrences() if event.id}
    joined = told["cast-joined-2"]
    other = replace(joined, data={**joined.data, "trade": "外卖员"})
    late = replace(certificate_occurrence(_mover().id, _at(3, 15), "汽车维修工", "高级工"), id="cast-late-15")
    return (
        format_event_line(build_cloud_event(told["cast-birthday-1"])),
        format_event_line(build_cloud_event(other)),
        format_event_line(build_cloud_event(late)),
    )


def autumn_lines() -> list[str]:
    """Return the lines of a second file: certificates of September, with the faults of the first file again."""
    certified = [
        certificate_occurrence(
            Person(number, QINGDAO, "货车司机", date(1980, 1, 1)).id, _at(9, number), "焊工", "技师"
        )
        for number in (FIRST_CERTIFIED, FIRST_CERTIFIED + 1)
    ]
    good = [
        format_event_line(build_cloud_event(one, f"autumn-{number}"))
        for number, one in enumerate(certified, 1)
    ]
    return [*good, *unreadable_lines("autumn-odd")]


def _mover() -> Person:
    return Person(MOVER, QINGDAO, "货车司机", date(1987, 12, 12))


def _imported(someone: Person) -> Occurrence:
    return enrolment_occurrence(someone, IMPORTED_AT, Random(someone.number), imported=True)


def _joined(someone: Person, at: datetime) -> Occurrence:
    return enrolment_occurrence(someone, at, Random(someone.number), imported=False)


def _changed(someone: Person, at: datetime, **facts: str) -> Occurrence:
    return Occurrence(at, "member.profile_changed", someone.id, facts)


def _at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 9, 30, tzinfo=CIVIL_TIME)
