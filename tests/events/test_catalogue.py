"""The events' payloads and the facts that rules may read of them say the same."""

import json
import types
import typing
from datetime import date

import pytest
from pydantic import ValidationError

from events import payload_models
from members import MEMBER_FACTS
from rules import FACT_CATALOGUE, FACTS_BY_EVENT, facts_for_event, payload_facts
from rules.facts import PYTHON_TYPES


def _python_type(annotation: object) -> type:
    """The plain type behind Annotated, Optional, Literal and StrEnum."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _python_type(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return _python_type(next(a for a in typing.get_args(annotation) if a is not type(None)))
    if origin is typing.Literal:
        return type(typing.get_args(annotation)[0])
    if origin is tuple:
        return tuple
    assert isinstance(annotation, type)
    return next((base for base in (bool, int, str, date, tuple) if issubclass(annotation, base)), annotation)


def test_every_fact_of_an_event_is_a_field_of_its_payload_with_the_same_type() -> None:
    assert set(FACTS_BY_EVENT) <= set(payload_models())
    assert [
        f"{kind}.{name}"
        for kind in FACTS_BY_EVENT
        for name, fact in payload_facts(kind).items()
        if (field := payload_models()[kind].model_fields.get(name)) is None
        or _python_type(field.annotation) is not PYTHON_TYPES[fact.kind]
    ] == []


def test_the_facts_about_members_are_those_that_rules_may_read() -> None:
    assert {"member." + name for name in MEMBER_FACTS} == {
        path for path in facts_for_event("member.left") if path.startswith("member.")
    }


CONTRACT = """
member.imported joined transferred left retired died profile_changed birthday anniversary skill_certified honoured card_activated
application.submitted reviewed published confirmed withdrawn
campaign.entered
poll.completed
course.completed
session.enrolled attended
hardship.filed reviewed review_due
calendar.festival
voucher.ending
weather.heat_warned
organisation.founded renamed moved merged split dissolved election_held members_counted
station.reported answered searched used closed_today exception_set inspected
benefit.granted refused redeemed expired reversed entered waiting
membership.begun ended
benefit.issued claimed expiring refunded paid bounced settled owed
"""


def test_the_catalogue_holds_the_events_that_were_agreed_and_no_others() -> None:
    agreed = {
        f"{noun}.{verb}"
        for line in CONTRACT.split("\n")
        if line
        for noun, *verbs in [line.replace(".", " ").split()]
        for verb in verbs
    }
    assert set(payload_models()) == agreed


def test_what_was_not_written_is_read_as_what_follows_from_the_rest() -> None:
    step = {"programme": "金秋助学", "year": 2026}
    birthday = {"on": "2026-05-20"}
    said = [
        payload_models()[kind].model_validate_json(json.dumps(data)).rule_values()  # type: ignore[attr-defined]
        for kind, data in (
            ("application.submitted", step),
            ("application.submitted", {**step, "application": "a-7"}),
            ("member.birthday", birthday),
            ("member.birthday", {**birthday, "calendar": "lunar", "year": 2025}),
        )
    ]
    assert [one["application"] for one in said[:2]] == ["金秋助学/2026", "a-7"]
    assert [(one["calendar"], one["year"]) for one in said[2:]] == [("solar", 2026), ("lunar", 2025)]


SENSITIVE = {
    "member.age",
    "member.birthday",
    "member.hardship_level",
    "member.household",
    "member.birthday.on",
    "hardship.filed.level",
    "hardship.reviewed.level",
    "hardship.review_due.level",
    *(
        f"application.{step}.{name}"
        for step in ("submitted", "reviewed", "published", "confirmed", "withdrawn")
        for name in ("case_level", "household", "occasion", "days")
    ),
}


def test_what_is_sensitive_is_classed_so() -> None:
    assert {path for path, fact in FACT_CATALOGUE.items() if fact.personal == "sensitive"} == SENSITIVE


@pytest.mark.parametrize("name", ["household", "reviewer"])
def test_people_and_households_are_called_by_ids_and_not_by_names(name: str) -> None:
    step = {"programme": "金秋助学", "year": 2026}
    model = payload_models()["application.submitted"]
    model.model_validate({**step, name: "h-0001"})
    with pytest.raises(ValidationError):
        model.model_validate({**step, name: "张三"})
