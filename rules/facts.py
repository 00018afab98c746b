"""The facts that a rule may read: path, kind, unit, allowed values, origin, personal-data class.

A rule reads a member by ``member.<name>`` and the event that it reacts to by ``event.<name>``. The
meaning of ``event.<name>`` depends on the type of the event, so the catalogue keys it by type. A rule on
an ``application.*`` event also reads ``application.<name>``: the result of all steps of the application
so far.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Literal

from core.text_marks import N_

FactKind = Literal["text", "integer", "fen", "boolean", "date", "texts"]
PersonalDataClass = Literal["none", "personal", "sensitive"]
FactValue = str | int | bool | date | tuple[str, ...] | None

PYTHON_TYPES: Mapping[FactKind, type] = {
    "text": str,
    "integer": int,
    "fen": int,
    "boolean": bool,
    "date": date,
    "texts": tuple,
}
MAX_INTEGER = 10**15
"""Bound of every integer fact and literal, so that 96-bit decimals hold every product that a condition may have."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. ``allowed`` are its known values; if ``open``, others may occur. ``bounds``: least and greatest number."""

    path: str
    kind: FactKind
    title: str
    source: str
    unit: str | None = None
    allowed: tuple[str, ...] = ()
    open: bool = False
    personal: PersonalDataClass = "none"
    bounds: tuple[int, int] = (0, MAX_INTEGER)


SKILL_LEVELS = ("初级工", "中级工", "高级工", "技师", "高级技师")
HARDSHIP_LEVELS = ("none", "一般困难", "相对困难", "深度困难", "意外致困")
SCHOOL_STAGES = ("高中", "中职", "专科", "本科", "研究生")
HEAT_LEVELS = ("黄色", "橙色", "红色")
OUTDOOR_TRADES = ("快递员", "外卖员", "网约送餐员", "货车司机", "环卫工", "建筑工", "网约车司机", "交通警察")
TRADES = (*OUTDOOR_TRADES, "保安员", "护工护理员", "家政服务员", "商场信息员", "房产中介员", "办公室")
HONOURS = ("劳模", "工匠", "五一劳动奖章", "先进工作者", "优秀农民工")
EMPLOYMENT_FORMS = ("新就业形态", "单位职工", "灵活就业", "农民工", "退休")
MEMBER_STATES = ("active", "suspended", "retired", "left", "deceased", "none")
JOIN_WAYS = ("organisation", "community_home", "qr_code", "campaign", "app")
CARD_STATES = ("none", "issued", "active")
BIRTHDAY_CALENDARS = ("solar", "lunar")
OCCASIONS = ("结婚", "生育", "住院", "重病", "退休", "去世", "亲属去世", "受灾", "入学")
FESTIVALS = (
    "元旦",
    "春节",
    "妇女节",
    "清明",
    "劳动节",
    "青年节",
    "端午",
    "儿童节",
    "建军节",
    "中秋",
    "国庆节",
)
"""The festivals that the schedule publishes: those that the State Council's rules on holidays name.

*Source*: 全国年节及纪念日放假办法 (2024), articles 2 and 3; ``feast()`` has those of the moon under the same names.
"""


def _fact(
    source: str,
    name: str,
    kind: FactKind,
    title: str,
    allowed: tuple[str, ...] = (),
    *,
    open: bool = False,
    unit: str | None = None,
    personal: PersonalDataClass = "none",
    bounds: tuple[int, int] = (0, MAX_INTEGER),
) -> Fact:
    return Fact(f"{source}.{name}", kind, title, source, unit, allowed, open, personal, bounds)


_member, _step, _field = partial(_fact, "member"), partial(_fact, "application"), partial(_fact, "event")
_MEMBER = (
    _member("status", "text", N_("state of the membership"), MEMBER_STATES),
    _member("joined_on", "date", N_("day of joining the union"), personal="personal"),
    _member("birthday", "date", N_("date of birth"), personal="sensitive"),
    _member("trade", "text", N_("trade"), TRADES, open=True, personal="personal"),
    _member(
        "employment_form", "text", N_("form of employment"), EMPLOYMENT_FORMS, open=True, personal="personal"
    ),
    _member("organisation", "text", N_("the member's organisation")),
    _member("employer", "text", N_("the member's employer"), personal="personal"),
    _member("district", "text", N_("the member's district"), personal="personal"),
    _member("honours", "texts", N_("honours"), HONOURS, open=True, personal="personal"),
    _member("skill_level", "text", N_("highest skill level"), SKILL_LEVELS, personal="personal"),
    _member("hardship_level", "text", N_("hardship level on file"), HARDSHIP_LEVELS, personal="sensitive"),
    _member("household", "text", N_("pseudonym of the household"), personal="sensitive"),
    _member(
        "mutual_aid_year",
        "integer",
        N_("year for which the member joined mutual medical aid"),
        unit=N_("year"),
        personal="personal",
    ),
    _member("card", "text", N_("member's service card"), CARD_STATES),
    _member(
        "birthday_calendar",
        "text",
        N_("calendar by which the member keeps the birthday"),
        BIRTHDAY_CALENDARS,
        personal="personal",
    ),
    _member("courses", "texts", N_("courses completed"), personal="personal"),
    _member("polls", "texts", N_("polls completed, by title"), personal="personal"),
    _member(
        "age",
        "integer",
        N_("age in full years on the day of the event"),
        unit=N_("years"),
        personal="sensitive",
    ),
    _member(
        "months",
        "integer",
        N_("full months since joining, on the day of the event"),
        unit=N_("months"),
        personal="personal",
    ),
    _member(
        "outdoors",
        "boolean",
        N_("whether the trade is worked outdoors; unknown for trades that the list doesn't have"),
        personal="personal",
    ),
)
_STEPS = (
    _step("submitted_on", "date", N_("day on which the application was last submitted"), personal="personal"),
    _step(
        "applied_on",
        "date",
        N_("day by which the application counts: of its first submission; without one, of the event"),
        personal="personal",
    ),
    _step("attachments", "integer", N_("different attachments of the application"), unit=N_("attachments")),
    _step("stages", "texts", N_("stages of review that accepted it, in order")),
    _step("order", "texts", N_("which stage accepted it before which, each pair written A>B")),
    _step("same_reviewer", "texts", N_("stages not shown to have two reviewers, each pair written A=B")),
    _step("published_on", "date", N_("day on which the public notice began")),
    _step("notice_days", "integer", N_("full days of public notice"), unit=N_("days")),
    _step("notice_work_days", "integer", N_("full work-days of public notice"), unit=N_("working days")),
    _step("objections", "integer", N_("objections that are still open"), unit=N_("objections")),
)
_OCCURRED_ON = _field("occurred_on", "date", N_("day on which the event occurred"))
_ORGANISATION = _field("organisation", "text", N_("organisation concerned"))
_DISTRICT = _field("district", "text", N_("district of the warning"))
_REASON = _field("reason", "text", N_("reason"))
_YEAR = _field("year", "integer", N_("year of the programme"), unit=N_("year"), bounds=(2000, 2100))
_PROGRAMME = _field("programme", "text", N_("programme"))
_CASE_LEVEL = _field(
    "case_level", "text", N_("hardship level of the case"), HARDSHIP_LEVELS, personal="sensitive"
)
_STAGE = _field("school_stage", "text", N_("stage of schooling"), SCHOOL_STAGES, personal="personal")
_APPLICATION = (
    _PROGRAMME,
    _CASE_LEVEL,
    _STAGE,
    _YEAR,
    _field("application", "text", N_("number of the application")),
    _field("household", "text", N_("pseudonym of the household"), personal="sensitive"),
    _field(
        "amount_fen",
        "fen",
        N_("amount that the application is about"),
        personal="personal",
        bounds=(0, 10**12),
    ),
    _field("occasion", "text", N_("occasion"), OCCASIONS, open=True, personal="sensitive"),
    _field("happened_on", "date", N_("day on which it happened"), personal="sensitive"),
    _field(
        "days",
        "integer",
        N_("days, such as those in hospital"),
        unit=N_("days"),
        personal="sensitive",
        bounds=(0, 10_000),
    ),
    _field(
        "child_age", "integer", N_("age of the child"), unit=N_("years"), personal="personal", bounds=(0, 100)
    ),
    _field("stage", "text", N_("stage of review")),
    _field("reviewer", "text", N_("pseudonym of the reviewer"), personal="personal"),
    _field(
        "objections",
        "integer",
        N_("objections that are still open"),
        unit=N_("objections"),
        bounds=(0, 1_000_000),
    ),
)
BIRTHDAY_NUMBER = _field(
    "nth", "integer", N_("which birthday of the member it is, counted in its calendar"), personal="sensitive"
)
_ACCEPTED = _field("accepted", "boolean", N_("accepted"))
_HARDSHIP = (_field("level", "text", N_("hardship level"), HARDSHIP_LEVELS, personal="sensitive"),)

_PAYLOADS: Mapping[str, tuple[Fact, ...]] = {
    "member.imported": (_ORGANISATION,),
    "member.joined": (_ORGANISATION, _field("via", "text", N_("way of joining"), JOIN_WAYS, open=True)),
    "member.transferred": (_ORGANISATION,),
    "member.left": (_REASON,),
    "member.retired": (_REASON,),
    "member.died": (),
    "member.profile_changed": (),
    "member.birthday": (
        _field("on", "date", N_("birthday this year"), personal="sensitive"),
        _field("calendar", "text", N_("calendar of the birthday"), BIRTHDAY_CALENDARS, personal="personal"),
        _field(
            "year",
            "integer",
            N_("year whose birthday it is, in its calendar"),
            unit=N_("year"),
            bounds=(1900, 2100),
        ),
    ),
    "member.anniversary": (
        _field("on", "date", N_("anniversary of joining"), personal="personal"),
        _field("years", "integer", N_("full years as a member"), unit=N_("years"), bounds=(1, 200)),
    ),
    "member.card_activated": (),
    "member.skill_certified": (
        _field("trade", "text", N_("trade certified")),
        _field("level", "text", N_("level certified"), SKILL_LEVELS),
        _field("certificate_digest", "text", N_("digest of the certificate")),
        _field("certified_on", "date", N_("day of the certificate")),
    ),
    "member.honoured": (
        _field("honour", "text", N_("honour"), HONOURS, open=True),
        _field("honoured_on", "date", N_("day of the honour")),
    ),
    "application.submitted": _APPLICATION,
    "application.reviewed": (*_APPLICATION, _ACCEPTED),
    "application.published": _APPLICATION,
    "application.confirmed": _APPLICATION,
    "application.withdrawn": (*_APPLICATION, _REASON),
    "application.refused": _APPLICATION,
    "application.appealed": _APPLICATION,
    "campaign.entered": (_field("campaign", "text", N_("campaign")),),
    "poll.completed": (
        _field("poll", "text", N_("poll")),
        _field("answers", "integer", N_("questions answered"), unit=N_("questions"), bounds=(0, 10_000)),
    ),
    "course.completed": (
        _field("course", "text", N_("course")),
        _field("score", "integer", N_("score"), unit=N_("marks"), bounds=(0, 100_000)),
    ),
    "session.enrolled": (_field("session", "text", N_("session")),),
    "session.attended": (
        _field("session", "text", N_("session")),
        _field("on", "date", N_("day of attendance")),
    ),
    "hardship.filed": _HARDSHIP,
    "hardship.reviewed": (*_HARDSHIP, _ACCEPTED),
    "hardship.review_due": (
        *_HARDSHIP,
        _field("on", "date", N_("day on which the review is due")),
        _field("reviewed_on", "date", N_("day of the last review")),
    ),
    "calendar.festival": (
        _field("festival", "text", N_("festival"), FESTIVALS),
        _field("on", "date", N_("day of the festival")),
    ),
    "voucher.ending": (
        _field("rule", "text", N_("rule of the vouchers that end")),
        _field("on", "date", N_("last day of the vouchers")),
        _field("count", "integer", N_("vouchers that end"), unit=N_("vouchers"), bounds=(1, 1_000_000)),
    ),
    "weather.heat_warned": (
        _DISTRICT,
        _field("level", "text", N_("level of the heat warning"), HEAT_LEVELS),
        _field("temperature_c", "integer", N_("temperature"), unit=N_("°C"), bounds=(30, 60)),
        _field("on", "date", N_("day of the heat warning")),
    ),
}
_DERIVED = {"member.birthday": (BIRTHDAY_NUMBER,)}
"""What follows from an event and its member (``rules.birthdays``), and is in no payload."""


FACTS_BY_EVENT: Mapping[str, Mapping[str, Fact]] = {
    event: MappingProxyType(
        {fact.path: fact for fact in (*_MEMBER, _OCCURRED_ON, *_DERIVED.get(event, ()))}
        | {fact.path: fact for fact in _STEPS if event.startswith("application.")}
        | {fact.path: replace(fact, source=event) for fact in fields}
    )
    for event, fields in _PAYLOADS.items()
}
FACT_CATALOGUE: Mapping[str, Fact] = MappingProxyType(
    {fact.path: fact for fact in (*_MEMBER, _OCCURRED_ON, BIRTHDAY_NUMBER, *_STEPS)}
    | {
        f"{event}.{fact.path.removeprefix('event.')}": fact
        for event, facts in FACTS_BY_EVENT.items()
        for fact in facts.values()
        if fact.source == event
    }
)
"""Every fact once: ``member.status``, ``event.occurred_on``, ``application.stages``, and
``<event type>.<field>`` for payloads."""


def facts_for_event(event_type: str) -> Mapping[str, Fact]:
    """Return the facts that a rule on this type of event may read, by path.

    Raises: KeyError for an unknown type.
    """
    return FACTS_BY_EVENT[event_type]


def payload_facts(event_type: str) -> Mapping[str, Fact]:
    """Return the payload fields of a type of event, by field name."""
    return {
        fact.path.removeprefix("event."): fact
        for fact in FACTS_BY_EVENT[event_type].values()
        if fact.source == event_type
    }


# By the last word of the fact's path.
FACT_VALUE_TITLES: Mapping[str, Mapping[str, str]] = {
    "status": {
        "active": N_("a member in good standing"),
        "suspended": N_("membership suspended"),
        "retired": N_("retired, still a member"),
        "left": N_("has left the union"),
        "deceased": N_("has died"),
        "none": N_("not a member"),
    },
    "card": {
        "none": N_("no card"),
        "issued": N_("card issued, not activated"),
        "active": N_("card activated"),
    },
    "birthday_calendar": {"solar": N_("solar calendar"), "lunar": N_("lunar calendar")},
    "calendar": {"solar": N_("solar calendar"), "lunar": N_("lunar calendar")},
    "hardship_level": {"none": N_("none on file")},
    "case_level": {"none": N_("none on file")},
    "level": {"none": N_("none on file")},
    "via": {
        "organisation": N_("through the organisation"),
        "community_home": N_("at a community home"),
        "qr_code": N_("by QR code"),
        "campaign": N_("in a campaign"),
        "app": N_("through an app"),
    },
}
