"""A session's file: what it means as a rule, and what is refused."""

from datetime import date, timedelta

import pytest

from benefits.sessions.definition import SessionDefinition, build_session_rule, parse_session
from core.faults import FaultError
from rules import load_library

SESSION = """
id: summer-care-2027
title: "暑期：托管班 #1"
kind: childcare
station: a
owner: "370000"
basis: [{kind: example, note: 测试用}]
from: 2027-07-05
until: 2027-07-30
weekdays: [1, 3]
begins: "08:00"
ends: "17:30"
places: 2
enrolment: {mode: lottery, from: 2027-06-01, until: 2027-06-20}
require:
  - {that: "member.trade == '外卖员'", else: "只收外卖员的孩子"}
"""


def session(text: str = SESSION) -> SessionDefinition:
    return parse_session("care.yaml", text)


@pytest.mark.parametrize("mode", ["lottery", "first_come"])
def test_its_places_are_the_quota_of_a_rule(mode: str) -> None:
    text = build_session_rule(session(SESSION.replace("lottery", mode)))
    (rule,) = load_library([("care.yaml", text)]).rules
    definition = rule.definition
    assert (definition.id, definition.title) == ("summer-care-2027", "暑期：托管班 #1")
    assert (definition.allocate.mode, definition.allocate.quota, definition.allocate.waiting_list) == (
        mode,
        2,
        True,
    )
    assert "恢复" in definition.require[0].remedy, "a suspended card is not activated"
    assert definition.require[-1].otherwise == "只收外卖员的孩子"
    assert (definition.allocate.entries is not None) == (mode == "lottery")


def test_it_meets_on_its_weekdays_within_its_span() -> None:
    every = [date(2027, 7, 1) + timedelta(days=n) for n in range(40)]
    meets = [day for day in every if session().meets_on(day)]
    assert meets[0] == date(2027, 7, 5) and meets[-1] == date(2027, 7, 28) and len(meets) == 8
    assert session().meetings_in_week(date(2027, 7, 11)) == [date(2027, 7, 5), date(2027, 7, 7)]
    assert session().meetings_in_week(date(2027, 6, 30)) == []


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("places: 2", "places: 0", "places"),
        ("places: 2", "places: two", "places"),
        ("places: 2", "places: true", "places"),
        ("places: 2", "places: ２", "places"),
        ("until: 2027-07-30", "until: 2027-07-01", None),
        ('ends: "17:30"', 'ends: "07:30"', None),
        ('ends: "17:30"', 'ends: "25:00"', "ends"),
        ('ends: "17:30"', 'ends: "１7:30"', "ends"),
        ("weekdays: [1, 3]", "weekdays: [8]", "weekdays[1]"),
        ("weekdays: [1, 3]", "weekdays: []", "weekdays"),
        ("until: 2027-06-20}", "until: 2027-08-20}", None),
        ("mode: lottery", "mode: no lottery", "enrolment.mode"),
        ("kind: childcare", "kind: 托管", "kind"),
        ('title: "暑期：托管班 #1"', "title: ''", "title"),
        ("station: a", "station: a\nprice: 3", "price"),
        ("id: summer-care-2027", "id: Summer Care", "id"),
    ],
)
def test_a_word_that_is_not_understood_is_refused_with_its_line(
    before: str, after: str, field: str | None
) -> None:
    assert before in SESSION
    with pytest.raises(FaultError) as refused:
        session(SESSION.replace(before, after))
    assert refused.value.faults[0].file == "care.yaml" and refused.value.faults[0].row
    assert field in [fault.field for fault in refused.value.faults]


@pytest.mark.parametrize("text", ["", "[]", "a session", "id: [", "id: x"])
def test_what_is_no_session_is_refused(text: str) -> None:
    with pytest.raises(FaultError):
        session(text)
