"""Versions of events: one is read, and a later one is reported as what it is."""

import pytest

from events import (
    BatchOutcome,
    Event,
    EventRunner,
    InboundEvent,
    InvalidEvent,
    dead_letters,
    envelope,
    parse_event,
    payload_models,
    process_batch,
)
from events.faults import NEWER_VERSION_REASON, dead_letter_reason
from rules import RuleLibrary
from store import Database
from tests.events.sending import NOW, Sender

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


def test_a_household_goes_by_an_id_and_not_by_a_name(send: Sender) -> None:
    assert faults(filed(send, "张家")) == [("string_pattern_mismatch", "data.household")]


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


def test_a_field_of_no_version_is_refused_and_not_left_out(send: Sender) -> None:
    text = send("hardship.filed", household="h-1", level="深度困难", levle="x")
    assert faults(text) == [("extra_forbidden", "data.levle")]


def test_a_newer_event_with_personal_data_is_refused_for_that_as_well(send: Sender) -> None:
    text = send(
        "hardship.filed", household="13812345678", envelope={"dataschema": "urn:yihui:hardship.filed:v9"}
    )
    assert ("personal_data", "data.household") in faults(text)


def handled(database: Database, library: RuleLibrary, *lines: str) -> BatchOutcome:
    items = [InboundEvent(parse_event(line, NOW), "x") for line in lines]
    with database.write() as connection:
        return process_batch(items, connection, library, NOW)


def test_what_was_too_new_goes_through_after_the_upgrade(
    database: Database, library: RuleLibrary, send: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [send.joined(), filed(send, **V1)]
    known = {kind: model for kind, model in payload_models().items() if kind != "hardship.filed"}
    with monkeypatch.context() as before:
        before.setattr(envelope, "payload_models", lambda: known)
        letters = handled(database, library, *lines).dead_letters
    assert [letter.reason for letter in letters] == [NEWER_VERSION_REASON]
    with database.read() as connection:
        waiting = dead_letters.find_dead_letters(connection, reason=NEWER_VERSION_REASON)
    upgraded = EventRunner(database, lambda _: library, lambda: NOW)
    assert upgraded.replay_dead_letters(waiting).handled == 1
    with database.read() as connection:
        assert dead_letters.count_dead_letters(connection) == 0
