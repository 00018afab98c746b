"""Draw the occurrences of one made-up member in 2026, sorted by time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from random import Random

from core.civil_time import CIVIL_TIME
from rules.facts import HARDSHIP_LEVELS, JOIN_WAYS, SCHOOL_STAGES, SKILL_LEVELS
from yihui.samples.people import Person, draw_choice, draw_organisation

IMPORTED_AT = datetime(2026, 1, 5, 9, 0, tzinfo=CIVIL_TIME)
LAST_AT = datetime(2026, 10, 2, 18, 0, tzinfo=CIVIL_TIME)
LAST_JOINED_AT = datetime(2026, 9, 20, 18, 0, tzinfo=CIVIL_TIME)

IMPORTED_SHARE = 0.6
LEAVE_SHARE = 0.05
TRANSFER_SHARE = 0.08
CHANGE_SHARE = 0.15
APPLY_SHARE = 0.05
CERTIFICATE_SHARES = {"3702": 0.35}  # the city whose programme pays for certificates
CERTIFICATE_SHARE_ELSEWHERE = 0.05

HARD_UP_LEVELS = tuple(level for level in HARDSHIP_LEVELS if level != "none")
LEAVE_REASONS = ("离职离开本地", "本人申请", "转为个体经营", "退休")

# Made-up heat warnings: day, level, temperature, and cities.
HEAT_WARNINGS = (
    (date(2026, 7, 6), "橙色", 38, ("3701", "3708")),
    (date(2026, 7, 21), "红色", 40, ("3701",)),
    (date(2026, 8, 12), "黄色", 35, ("3702", "3713")),
)

OccurrenceData = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One thing that happened to one member; ``id`` is set if another event refers to it."""

    at: datetime
    type: str
    subject: str
    data: OccurrenceData
    id: str = ""


def draw_occurrences(someone: Person, rng: Random) -> list[Occurrence]:
    """Draw everything that happens to one member, from joining to leaving."""
    imported = rng.random() < IMPORTED_SHARE
    start = IMPORTED_AT if imported else draw_instant(IMPORTED_AT + timedelta(days=1), LAST_JOINED_AT, rng)
    end = draw_instant(start + timedelta(days=1), LAST_AT, rng) if rng.random() < LEAVE_SHARE else LAST_AT
    moved = transfer_occurrence(someone, start, end, rng) if rng.random() < TRANSFER_SHARE else None
    events = [enrolment_occurrence(someone, start, rng, imported=imported)]
    if moved:
        events.append(moved)
    events += (e for e in (birthday_occurrence(someone), *_heat(someone, moved)) if start < e.at < end)
    events += _now_and_then(someone, start, end, rng)
    if end < LAST_AT:
        events.append(Occurrence(end, "member.left", someone.id, {"reason": draw_choice(LEAVE_REASONS, rng)}))
    return sorted(events, key=lambda event: event.at)


def enrolment_occurrence(someone: Person, at: datetime, rng: Random, *, imported: bool) -> Occurrence:
    """Return the import of an existing member, or the joining of a new one."""
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
    data["via"] = draw_choice(JOIN_WAYS, rng)
    return Occurrence(at, "member.joined", someone.id, data)


def birthday_occurrence(someone: Person) -> Occurrence:
    """Return the member's birthday in 2026, at eight in the morning."""
    on = someone.birthday.replace(year=2026)
    at = datetime.combine(on, time(8), CIVIL_TIME)
    return Occurrence(at, "member.birthday", someone.id, {"on": on.isoformat()})


def transfer_occurrence(someone: Person, start: datetime, end: datetime, rng: Random) -> Occurrence:
    """Draw a transfer to another organisation."""
    code = draw_organisation(rng)
    data = {"organisation": code, "district": code[:6]}
    return Occurrence(draw_instant(start, end, rng), "member.transferred", someone.id, data)


def certificate_occurrence(member: str, at: datetime, trade: str, level: str) -> Occurrence:
    """Return a skill certificate; the event contains only a digest of the certificate."""
    digest = sha256(f"示例证书 {member} {trade} {level} {at.isoformat()}".encode()).hexdigest()
    data = {
        "trade": trade,
        "level": level,
        "certificate_digest": f"sha256:{digest}",
        "certified_on": (at - timedelta(days=3)).date().isoformat(),
    }
    return Occurrence(at, "member.skill_certified", member, data)


def application_occurrence(member: str, at: datetime, case_level: str, school_stage: str) -> Occurrence:
    """Return the confirmation of an application for help with school fees."""
    data = {"programme": "金秋助学", "case_level": case_level, "school_stage": school_stage, "year": 2026}
    return Occurrence(at, "application.confirmed", member, data)


def heat_occurrence(member: str, district: str, day: date, level: str, temperature_c: int) -> Occurrence:
    """Return a heat warning for the member's district."""
    data = {"district": district, "level": level, "temperature_c": temperature_c, "on": day.isoformat()}
    return Occurrence(datetime.combine(day, time(10), CIVIL_TIME), "weather.heat_warned", member, data)


def _heat(someone: Person, moved: Occurrence | None) -> Iterator[Occurrence]:
    for day, level, temperature_c, cities in HEAT_WARNINGS:
        gone = moved is not None and moved.at.date() <= day
        district = str(moved.data["district"]) if moved and gone else someone.district
        if district[:4] in cities:
            yield heat_occurrence(someone.id, district, day, level, temperature_c)


def _now_and_then(someone: Person, start: datetime, end: datetime, rng: Random) -> Iterator[Occurrence]:
    """Yield occurrences that only some members have."""
    if rng.random() < CHANGE_SHARE:
        change = _change(rng)
        yield Occurrence(draw_instant(start, end, rng), "member.profile_changed", someone.id, change)
    if rng.random() < CERTIFICATE_SHARES.get(someone.district[:4], CERTIFICATE_SHARE_ELSEWHERE):
        yield certificate_occurrence(
            someone.id, draw_instant(start, end, rng), someone.trade, draw_choice(SKILL_LEVELS, rng)
        )
    if rng.random() < APPLY_SHARE:
        yield from _hard_up(someone, start, end, rng)


def _change(rng: Random) -> OccurrenceData:
    trade, form = draw_choice(("快递员", "外卖员", "货车司机"), rng), "新就业形态"
    options: tuple[OccurrenceData, ...] = (
        {"trade": trade, "employment_form": form},
        {"trade": "办公室", "employment_form": "单位职工"},
        {"hardship_level": draw_choice(HARD_UP_LEVELS, rng)},
        {"skill_level": draw_choice(SKILL_LEVELS, rng)},
    )
    return options[int(rng.random() * len(options))]


def _hard_up(someone: Person, start: datetime, end: datetime, rng: Random) -> Iterator[Occurrence]:
    """Yield a hardship that is filed, and the confirmation of an application for school fees after it."""
    filed = draw_instant(start, end, rng)
    level = draw_choice(HARD_UP_LEVELS, rng)
    yield Occurrence(filed, "member.profile_changed", someone.id, {"hardship_level": level})
    yield application_occurrence(
        someone.id, draw_instant(filed, end, rng), level, draw_choice(SCHOOL_STAGES, rng)
    )


def draw_instant(start: datetime, end: datetime, rng: Random) -> datetime:
    """Draw a whole second after ``start`` and not after ``end``; the order holds in UTC too."""
    seconds = int((end - start) / timedelta(seconds=1))
    return start + timedelta(seconds=1 + int(rng.random() * max(seconds - 1, 0)))
