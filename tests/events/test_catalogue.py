"""The events' payloads: the facts that rules may read, versions, and golden events."""

import json
import types
import typing
from datetime import date
from pathlib import Path

import pytest
from annotated_types import Ge, Le
from pydantic import ValidationError

from events import (
    Event,
    EventRunner,
    InvalidEvent,
    dead_letters,
    envelope,
    parse_event,
    payload_models,
)
from events.faults import NEWER_VERSION_REASON, dead_letter_reason
from members import MEMBER_FACTS
from rules import FACT_CATALOGUE, FACTS_BY_EVENT, RuleLibrary, facts_for_event, payload_facts
from rules.facts import PYTHON_TYPES
from store import Database
from tools.servers.sending import NOW, Sender, handle_in


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


def test_numbers_have_the_bounds_of_their_payloads() -> None:
    for kind in FACTS_BY_EVENT:
        fields = payload_models()[kind].model_fields
        for name, fact in payload_facts(kind).items():
            field = fields.get(name)
            if field is None or fact.kind not in ("integer", "fen"):
                continue
            stated = {type(one): one for one in field.metadata}
            assert fact.bounds == (stated[Ge].ge, stated[Le].le), (kind, name)


SENSITIVE = {
    "member.age",
    "member.birthday",
    "member.hardship_level",
    "member.household",
    "event.nth",
    "member.birthday.on",
    "hardship.filed.level",
    "hardship.reviewed.level",
    "hardship.review_due.level",
    *(
        f"application.{step}.{name}"
        for step in ("submitted", "reviewed", "published", "confirmed", "withdrawn", "refused", "appealed")
        for name in ("case_level", "household", "occasion", "happened_on", "days")
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


V1 = {"dataschema": "urn:yihui:hardship.filed:v1"}
V2 = {"dataschema": "urn:yihui:hardship.filed:v2"}


def read(text: str) -> Event:
    event = parse_event(text, NOW)
    assert isinstance(event, Event), event
    return event


def faults(text: str) -> list[tuple[str, str | None]]:
    unreadable = parse_event(text, NOW)
    assert isinstance(unreadable, InvalidEvent)
    return [(dead_letter_reason(fault), fault.field) for fault in unreadable.faults]


def filed(send: Sender, household: str = "h-1", **attributes: object) -> str:
    return send("hardship.filed", household=household, level="深度困难", envelope=attributes)


def test_without_a_dataschema_an_event_is_of_version_1(send: Sender) -> None:
    assert read(filed(send, id="a")).digest == read(filed(send, id="a", **V1)).digest


def test_a_schema_of_somebody_elses_says_nothing_of_ours(send: Sender) -> None:
    assert read(filed(send, dataschema="https://example.org/hardship.json"))


@pytest.mark.parametrize(
    "schema", ["urn:yihui:hardship.filed", "urn:yihui:member.left:v1", "urn:yihui:hardship.filed:v0"]
)
def test_a_schema_that_is_none_of_the_types_is_a_fault(send: Sender, schema: str) -> None:
    assert faults(filed(send, dataschema=schema)) == [("schema", "dataschema")]


def test_an_old_reader_says_what_it_cannot_read_of_a_new_event(send: Sender) -> None:
    text = send("hardship.filed", household="h-1", level="深度困难", floor=7, envelope=V2)
    unreadable = parse_event(text, NOW)
    assert isinstance(unreadable, InvalidEvent)
    newer, field = unreadable.faults
    assert newer.message.format_map(newer.values) == (
        "hardship.filed of version 2 is newer than what this Yihui reads, which is version 1"
    )
    assert "replay --reason newer_version" in newer.remedy
    assert field.field == "data.floor"
    assert {dead_letter_reason(fault) for fault in unreadable.faults} == {NEWER_VERSION_REASON}


def test_a_type_that_is_newer_than_we_are_is_told_as_such_and_a_misspelt_one_is_not(send: Sender) -> None:
    assert faults(send("member.cloned", envelope={"dataschema": "urn:yihui:member.cloned:v1"})) == [
        (NEWER_VERSION_REASON, "dataschema")
    ]
    assert faults(send("member.cloned")) == [("unknown_type", "type")]


def test_a_newer_event_with_personal_data_is_refused_for_that_as_well(send: Sender) -> None:
    text = send(
        "hardship.filed", household="13812345678", envelope={"dataschema": "urn:yihui:hardship.filed:v9"}
    )
    assert ("personal_data", "data.household") in faults(text)


def test_what_was_too_new_goes_through_after_the_upgrade(
    database: Database, library: RuleLibrary, send: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [send.joined(), filed(send, **V1)]
    known = {kind: model for kind, model in payload_models().items() if kind != "hardship.filed"}
    with monkeypatch.context() as before:
        before.setattr(envelope, "payload_models", lambda: known)
        letters = handle_in(database, library, lines, 2).dead_letters
    assert [letter.reason for letter in letters] == [NEWER_VERSION_REASON]
    with database.read() as connection:
        waiting = dead_letters.find_dead_letters(connection, reason=NEWER_VERSION_REASON)
    upgraded = EventRunner(database, lambda _: library, lambda: NOW)
    assert upgraded.replay_dead_letters(waiting).handled == 1
    with database.read() as connection:
        assert dead_letters.count_dead_letters(connection) == 0


FILES = sorted((Path(__file__).parent / "golden").glob("*.v1.json"))


def test_every_type_has_its_golden_file() -> None:
    assert {file.stem for file in FILES} == {f"{kind}.v1" for kind in payload_models()}


def test_a_golden_event_is_read_whole_and_has_its_digest() -> None:
    for file in FILES:
        golden = json.loads(file.read_text("utf-8"))
        read = parse_event(json.dumps(golden["event"]), NOW)
        assert isinstance(read, Event), read
        assert type(read.payload) is payload_models()[read.type]
        assert read.payload.model_dump(mode="json", exclude_unset=True) == golden["event"]["data"], file.stem
        assert read.digest == golden["digest"], file.stem
