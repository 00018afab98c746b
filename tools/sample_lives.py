"""What happens to one made-up member in the year 2026: a list of occurrences in the order of time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from random import Random

from core.civil_time import CIVIL_TIME
from rules.facts import HARDSHIP_LEVELS, JOIN_WAYS, SCHOOL_STAGES, SKILL_LEVELS
from tools.sample_people import Person, drawn, organisation

IMPORTED_AT = datetime(2026, 1, 5, 9, 0, tzinfo=CIVIL_TIME)
LAST_AT = datetime(2026, 10, 2, 18, 0, tzinfo=CIVIL_TIME)
LAST_JOINED_AT = datetime(2026, 9, 20, 18, 0, tzinfo=CIVIL_TIME)

IMPORTED_SHARE = 0.6
LEAVES = 0.05
TRANSFERS = 0.08
CHANGES = 0.15
APPLIES = 0.05
CERTIFIED = {"3702": 0.35}  # in the city whose project pays for it
CERTIFIED_ELSEWHERE = 0.05

HARD_UP_LEVELS = tuple(level for level in HARDSHIP_LEVELS if level != "none")
REASONS = ("离职离开本地", "本人申请", "转为个体经营", "退休")

# Made-up heat: the day, its level and temperature, and the cities that it reached.
HEAT = (
    (date(2026, 7, 6), "橙色", 38, ("3701", "3708")),
    (date(2026, 7, 21), "红色", 40, ("3701",)),
    (date(2026, 8, 12), "黄色", 35, ("3702", "3713")),
)

Data = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One thing that happened to one member; ``id`` is given where another event refers to it."""

    at: datetime
    type: str
    subject: str
    data: Data
    id: str = ""


def life(someone: Person, rng: Random) -> list[Occurrence]:
    """Everything that happens to one member, from joining to leaving."""
    imported = rng.random() < IMPORTED_SHARE
    start = IMPORTED_AT if imported else instant(IMPORTED_AT + timedelta(days=1), LAST_JOINED_AT, rng)
    end = instant(start + timedelta(days=1), LAST_AT, rng) if rng.random() < LEAVES else LAST_AT
    moved = transferred(someone, start, end, rng) if rng.random() < TRANSFERS else None
    events = [enrolled(someone, start, rng, imported=imported)]
    if moved:
        events.append(moved)
    events += (e for e in (birthday(someone), *_heat(someone, moved)) if start < e.at < end)
    events += _now_and_then(someone, start, end, rng)
    if end < LAST_AT:
        events.append(Occurrence(end, "member.left", someone.id, {"reason": drawn(REASONS, rng)}))
    return sorted(events, key=lambda event: event.at)


def enrolled(someone: Person, at: datetime, rng: Random, *, imported: bool) -> Occurrence:
    """An existing member is loaded, or a new one joins."""
    data = {
        "organisation": someone.organisation,
        "district": someone.district,
        "trade": someone.trade,
        "employment_form": someone.employment_form,
        "birthday": someone.birthday.isoformat(),
        "joined_on": at.date().isoformat(),
    }
    if imported:
        years_ago = 1 + int(rng.random() * 14)
        joined_on = date(at.year - years_ago, 1 + int(rng.random() * 12), 1 + int(rng.random() * 28))
        data["joined_on"] = joined_on.isoformat()
        return Occurrence(at, "member.imported", someone.id, data)
    data["via"] = drawn(JOIN_WAYS, rng)
    return Occurrence(at, "member.joined", someone.id, data)


def birthday(someone: Person) -> Occurrence:
    """The member's birthday in 2026, told at eight in the morning."""
    on = someone.birthday.replace(year=2026)
    at = datetime.combine(on, time(8), CIVIL_TIME)
    return Occurrence(at, "member.birthday", someone.id, {"on": on.isoformat()})


def transferred(someone: Person, start: datetime, end: datetime, rng: Random) -> Occurrence:
    code = organisation(rng)
    data = {"organisation": code, "district": code[:6]}
    return Occurrence(instant(start, end, rng), "member.transferred", someone.id, data)


def certified(member: str, at: datetime, trade: str, level: str) -> Occurrence:
    """A skill certificate; of the certificate itself only a digest is told."""
    digest = sha256(f"示例证书 {member} {trade} {level} {at.isoformat()}".encode()).hexdigest()
    data = {
        "trade": trade,
        "level": level,
        "certificate_digest": f"sha256:{digest}",
        "certified_on": (at - timedelta(days=3)).date().isoformat(),
    }
    return Occurrence(at, "member.skill_certified", member, data)


def confirmed(member: str, at: datetime, case_level: str, school_stage: str) -> Occurrence:
    """An application for help with school fees has been confirmed."""
    data = {"programme": "金秋助学", "case_level": case_level, "school_stage": school_stage, "year": 2026}
    return Occurrence(at, "application.confirmed", member, data)


def heat_warned(member: str, district: str, day: date, level: str, temperature_c: int) -> Occurrence:
    data = {"district": district, "level": level, "temperature_c": temperature_c, "on": day.isoformat()}
    return Occurrence(datetime.combine(day, time(10), CIVIL_TIME), "weather.heat_warned", member, data)


def _heat(someone: Person, moved: Occurrence | None) -> Iterator[Occurrence]:
    for day, level, temperature_c, cities in HEAT:
        gone = moved is not None and moved.at.date() <= day
        district = str(moved.data["district"]) if moved and gone else someone.district
        if district[:4] in cities:
            yield heat_warned(someone.id, district, day, level, temperature_c)


def _now_and_then(someone: Person, start: datetime, end: datetime, rng: Random) -> Iterator[Occurrence]:
    """What happens to some members and not to others."""
    if rng.random() < CHANGES:
        change = _change(rng)
        yield Occurrence(instant(start, end, rng), "member.profile_changed", someone.id, change)
    if rng.random() < CERTIFIED.get(someone.district[:4], CERTIFIED_ELSEWHERE):
        yield certified(someone.id, instant(start, end, rng), someone.trade, drawn(SKILL_LEVELS, rng))
    if rng.random() < APPLIES:
        yield from _hard_up(someone, start, end, rng)


def _change(rng: Random) -> Data:
    trade, form = drawn(("快递员", "外卖员", "货车司机"), rng), "新就业形态"
    options: tuple[Data, ...] = (
        {"trade": trade, "employment_form": form},
        {"trade": "办公室", "employment_form": "单位职工"},
        {"hardship_level": drawn(HARD_UP_LEVELS, rng)},
        {"skill_level": drawn(SKILL_LEVELS, rng)},
    )
    return options[int(rng.random() * len(options))]


def _hard_up(someone: Person, start: datetime, end: datetime, rng: Random) -> Iterator[Occurrence]:
    """A hardship goes on file and, mostly, an application for school fees is confirmed after it."""
    filed = instant(start, end, rng)
    level = drawn(HARD_UP_LEVELS, rng)
    yield Occurrence(filed, "member.profile_changed", someone.id, {"hardship_level": level})
    yield confirmed(someone.id, instant(filed, end, rng), level, drawn(SCHOOL_STAGES, rng))


def instant(start: datetime, end: datetime, rng: Random) -> datetime:
    """A whole second after ``start`` and not after ``end``; in that order in UTC too."""
    seconds = int((end - start) / timedelta(seconds=1))
    return start + timedelta(seconds=1 + int(rng.random() * max(seconds - 1, 0)))
