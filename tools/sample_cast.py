"""The members with a part to play, and the lines that something is wrong with.

The random members show that it runs; these show what it does: each has one case that a reader of the
demo can look up by its member id, and each odd line one fault that must be told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from random import Random

from core.civil_time import CIVIL_TIME
from rules.facts import SKILL_LEVELS
from tools.sample_lines import cloud_event, line
from tools.sample_lives import (
    IMPORTED_AT,
    Occurrence,
    birthday,
    certified,
    confirmed,
    enrolled,
    heat_warned,
)
from tools.sample_people import Person
from tools.sample_roll import id_number

CAKE_AND_HEAT, NEWCOMER, LEAVER, INDOORS, SUSPENDED = 1, 2, 3, 4, 5
FIRST_CERTIFIED = 6  # … 10: one for each skill level
TWICE_CERTIFIED = 8
CERTIFIED_ELSEWHERE, HARD_UP, STRANGER, RETURNER, MOVER = 11, 12, 13, 14, 15
LAST = MOVER

JINAN, QINGDAO, WEIHAI = "370102001-00012", "370202001-00017", "371002001-00013"


def cast() -> list[Occurrence]:
    """What happens to the members with a part to play."""
    return [*_grants(), *_refusals(), *_skills(), *_movers()]


def _grants() -> Iterator[Occurrence]:
    """A cake, drinks for the heat, a welcome pack and then a cake, help with school fees."""
    rider = Person(CAKE_AND_HEAT, JINAN, "外卖员", date(1990, 5, 20))
    yield _imported(rider)
    yield replace(birthday(rider), id="cast-birthday-1")
    yield heat_warned(rider.id, rider.district, date(2026, 7, 21), "红色", 40)
    newcomer = Person(NEWCOMER, QINGDAO, "快递员", date(1998, 6, 18))
    yield replace(_joined(newcomer, _at(3, 2)), id="cast-joined-2")
    yield birthday(newcomer)
    hard_up = Person(HARD_UP, QINGDAO, "环卫工", date(1979, 11, 11))
    yield _imported(hard_up)
    yield _changed(hard_up, _at(6, 1), hardship_level="深度困难")
    yield confirmed(hard_up.id, _at(8, 25), "深度困难", "本科")


def _refusals() -> Iterator[Occurrence]:
    """Birthdays of one who has left, of a suspended one and of nobody's member; heat for an office."""
    leaver = Person(LEAVER, JINAN, "快递员", date(1985, 8, 8))
    yield _imported(leaver)
    yield Occurrence(_at(4, 1), "member.left", leaver.id, {"reason": "离职离开本地"})
    yield birthday(leaver)
    indoors = Person(INDOORS, JINAN, "办公室", date(1992, 12, 1))
    yield _imported(indoors)
    yield heat_warned(indoors.id, indoors.district, date(2026, 7, 21), "红色", 40)
    suspended = Person(SUSPENDED, JINAN, "外卖员", date(1995, 7, 7))
    yield _imported(suspended)
    yield _changed(suspended, _at(2, 1), status="suspended")
    yield birthday(suspended)
    yield birthday(Person(STRANGER, JINAN, "外卖员", date(1991, 5, 5)))


def _skills() -> Iterator[Occurrence]:
    """In Qingdao a certificate of each level and one level twice; one elsewhere."""
    for number, level in enumerate(SKILL_LEVELS, start=FIRST_CERTIFIED):
        member = Person(number, QINGDAO, "货车司机", date(1980 + number, 11, number))
        yield _imported(member)
        yield certified(member.id, _at(4, number), "汽车维修工", level)
    again = Person(TWICE_CERTIFIED, QINGDAO, "货车司机", date(1988, 11, 8))
    yield certified(again.id, _at(8, 20), "电工", SKILL_LEVELS[TWICE_CERTIFIED - FIRST_CERTIFIED])
    elsewhere = Person(CERTIFIED_ELSEWHERE, WEIHAI, "货车司机", date(1983, 10, 30))
    yield _imported(elsewhere)
    yield certified(elsewhere.id, _at(4, 12), "汽车维修工", "高级工")


def _movers() -> Iterator[Occurrence]:
    """One who joins twice; one who moves away from Qingdao, with a certificate from before and after."""
    returner = Person(RETURNER, JINAN, "外卖员", date(1999, 11, 20))
    yield _joined(returner, _at(2, 10))
    yield Occurrence(_at(5, 10), "member.left", returner.id, {"reason": "本人申请"})
    yield _joined(returner, _at(8, 10))
    mover = _mover()
    yield _imported(mover)
    data = {"organisation": WEIHAI, "district": WEIHAI[:6]}
    yield Occurrence(_at(6, 15), "member.transferred", mover.id, data)
    yield certified(mover.id, _at(7, 15), "电工", "技师")


@dataclass(frozen=True, slots=True)
class Odd:
    """One line that something is wrong with, and what."""

    what: str
    line: str


def unreadable() -> tuple[Odd, ...]:
    """Lines that are no events; each must be told and kept, and none may stop the others."""
    event = cloud_event(birthday(Person(CAKE_AND_HEAT, JINAN, "外卖员", date(1990, 5, 20))), "odd")
    number = id_number("370202", date(1990, 1, 1))
    leaving = {**event, "type": "member.left", "data": {"reason": f"本人申请，身份证号 {number}"}}
    return (
        Odd("not JSON", '{"specversion":"1.0","id":"odd-1","type":"member.birthday",'),
        Odd("no id", line({key: value for key, value in event.items() if key != "id"})),
        Odd("unknown type", line({**event, "id": "odd-3", "type": "member.promoted"})),
        Odd("time without offset", line({**event, "id": "odd-4", "time": "2026-05-20T08:00:00"})),
        Odd("time in the future", line({**event, "id": "odd-5", "time": "2031-05-20T08:00:00+08:00"})),
        Odd("ID number in the payload", line({**leaving, "id": "odd-6"})),
    )


def latecomers() -> tuple[Odd, ...]:
    """Lines that are events, but come a second time, with other content, or months late."""
    told = {event.id: event for event in cast() if event.id}
    joined = told["cast-joined-2"]
    other = replace(joined, data={**joined.data, "trade": "外卖员"})
    late = replace(certified(_mover().id, _at(3, 15), "汽车维修工", "高级工"), id="cast-late-15")
    return (
        Odd("the same event again", line(cloud_event(told["cast-birthday-1"]))),
        Odd("the same id, other content", line(cloud_event(other))),
        Odd("months late", line(cloud_event(late))),
    )


def _mover() -> Person:
    return Person(MOVER, QINGDAO, "货车司机", date(1987, 12, 12))


def _imported(someone: Person) -> Occurrence:
    return enrolled(someone, IMPORTED_AT, Random(someone.number), imported=True)


def _joined(someone: Person, at: datetime) -> Occurrence:
    return enrolled(someone, at, Random(someone.number), imported=False)


def _changed(someone: Person, at: datetime, **facts: str) -> Occurrence:
    return Occurrence(at, "member.profile_changed", someone.id, facts)


def _at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 9, 30, tzinfo=CIVIL_TIME)
