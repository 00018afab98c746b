"""``event.nth``: which birthday it is, in the calendar by which the member keeps it; ages stay solar."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from rules import FactValue, evaluate_rules, lint_rule_files, load_library
from rules.cases.cases import parse_rule_cases
from rules.cases.lines import find_uncovered_lines
from rules.cases.run import run_case
from tests.rules.conftest import event_of, rule_text

FIELD = Path(__file__).parents[3] / "shared" / "field"
BY_AGE, BY_NUMBER = "age(member.birthday, event.occurred_on) == 50", "event.nth == 50"
BORN = date(1976, 12, 21)  # the first day of the eleventh lunar month
MEMBER: Mapping[str, FactValue] = {"member.birthday": BORN, "member.organisation": "370202001"}


@pytest.mark.skipif(not FIELD.exists(), reason="the field's files lie beside the project")
def test_the_fiftieth_lunar_birthday_comes_before_fifty_full_years_and_the_fifty_first_is_another() -> None:
    file, cases = (FIELD / name for name in ("gift-at-fifty.yaml", "round2/19_lunar_cases.yaml"))
    text = file.read_text("utf-8").replace(BY_AGE, BY_NUMBER)
    library = load_library([(file.name, text)])
    read, faults = parse_rule_cases(cases.name, cases.read_text("utf-8"), [file.stem])
    rulings = [run_case(case, library) for case in read]
    assert (faults, [ruling.differences for ruling in rulings]) == ((), [(), ()])
    uncovered = find_uncovered_lines(library, {file.name: text}, rulings)
    assert not [line for line in uncovered if "nth" in line.text]


@pytest.mark.parametrize(
    ("calendar", "year", "member", "holds"),
    [
        ("lunar", 2026, {}, True),
        ("solar", 2026, {}, True),
        ("lunar", 2027, {}, False),
        (
            "lunar",
            2025,
            {"member.birthday": date(1976, 1, 20)},
            True,
        ),  # before New Year: of the lunar year 1975
        ("solar", 2026, {"member.birthday": date(1976, 1, 20)}, True),
        ("lunar", 2026, {"member.birthday": None}, None),
        ("lunar", 1950, {"member.birthday": date(1899, 6, 1)}, None),  # beyond the calendar's tables
        ("lunar", 1976, {}, None),
        (None, 2026, {}, None),
        ("lunar", None, {}, None),
    ],
)
def test_a_birthday_is_counted_in_the_events_calendar_and_unknown_where_it_cannot_be(
    calendar: str | None, year: int | None, member: Mapping[str, FactValue], holds: bool | None
) -> None:
    library = load_library([("a-test.yaml", rule_text(BY_NUMBER))])
    event = event_of("member.birthday", date(2026, 12, 9), {"calendar": calendar, "year": year})
    (decision,) = evaluate_rules(event, {**MEMBER, **member}, library)
    (checked,) = decision.conditions
    assert (checked.holds, checked.unknown) == (holds is True, holds is None)


@pytest.mark.parametrize(
    ("that", "on", "is_named"),
    [
        (BY_AGE, "member.birthday", True),
        ("member.age >= 60", "member.birthday", True),
        ("not (age(member.birthday, event.occurred_on) < 60)", "member.birthday", True),
        (BY_NUMBER, "member.birthday", False),
        ("known(member.age)", "member.birthday", False),
        (f"event.calendar == 'solar' and {BY_AGE}", "member.birthday", False),
        (f"event.calendar != 'solar' and {BY_AGE}", "member.birthday", True),
        (BY_AGE, "member.joined", False),
    ],
)
def test_lint_names_an_age_that_is_compared_on_birthdays_which_may_be_lunar(
    that: str, on: str, is_named: bool
) -> None:
    found = lint_rule_files([("a-test.yaml", rule_text(that, on=on))])
    assert ("age-on-birthday" in {fault.short_code for fault in found}) is is_named
