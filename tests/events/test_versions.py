"""Versions of events: earlier ones are read as today's, later ones are told as what they are."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from events import (
    BatchOutcome,
    Event,
    EventRunner,
    InboundEvent,
    InvalidEvent,
    dead_letters,
    parse_event,
    process_batch,
)
from events.catalogue import EventTypes, EventTypeVersions, event_types
from events.faults import NEWER_VERSION_REASON, dead_letter_reason
from events.versions import build_dataschema, current_dataschema, parse_payload
from members.messages import HardshipFiledV1
from rules import RuleLibrary
from store import Database
from tests.events.sending import NOW, Sender, ledger

BEFORE: EventTypes = {**event_types(), "hardship.filed": EventTypeVersions((HardshipFiledV1,))}
V2 = {"dataschema": "urn:yihui:hardship.filed:v2"}


def read(text: str, types: EventTypes | None = None) -> Event:
    event = parse_event(text, NOW, types)
    assert isinstance(event, Event), event
    return event


def faults(text: str, types: EventTypes | None = None) -> list[tuple[str, str | None]]:
    unreadable = parse_event(text, NOW, types)
    assert isinstance(unreadable, InvalidEvent)
    return [(dead_letter_reason(fault), fault.field) for fault in unreadable.faults]


def filed(send: Sender, household: str = "张家", **envelope: object) -> str:
    return send("hardship.filed", household=household, level="深度困难", envelope=envelope)


def test_without_a_dataschema_an_event_is_of_version_1(send: Sender) -> None:
    assert (
        read(filed(send, id="a")).payload
        == read(filed(send, id="a", dataschema=build_dataschema("hardship.filed", 1))).payload
    )
    assert "张" not in read(filed(send)).payload.model_dump_json()


def test_a_version_is_checked_as_what_it_is(send: Sender) -> None:
    assert read(filed(send, "h-1", **V2)).payload.model_dump()["household"] == "h-1"
    assert faults(filed(send, "张家", **V2)) == [("string_pattern_mismatch", "data.household")]


def test_a_schema_of_somebody_elses_says_nothing_of_ours(send: Sender) -> None:
    assert read(filed(send, dataschema="https://example.org/hardship.json"))


@pytest.mark.parametrize(
    "schema", ["urn:yihui:hardship.filed", "urn:yihui:member.left:v1", "urn:yihui:hardship.filed:v0"]
)
def test_a_schema_that_is_none_of_the_types_is_a_fault(send: Sender, schema: str) -> None:
    assert faults(filed(send, dataschema=schema)) == [("schema", "dataschema")]


def test_an_old_reader_says_what_it_cannot_read_of_a_new_event(send: Sender) -> None:
    text = send("hardship.filed", household="h-1", level="深度困难", floor=7, envelope=V2)
    unreadable = parse_event(text, NOW, BEFORE)
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


def handled_by(
    database: Database, library: RuleLibrary, types: EventTypes | None, *lines: str
) -> BatchOutcome:
    items = [InboundEvent(parse_event(line, NOW, types), "x") for line in lines]
    with database.write() as connection:
        return process_batch(items, connection, library, NOW)


def test_what_was_handled_before_an_upgrade_is_a_duplicate_after_it(
    database: Database, library: RuleLibrary, send: Sender
) -> None:
    """The inbox compares digests: another one would be told as an id that was used twice."""
    lines = [send.joined(), filed(send), filed(send, "h-2")]
    assert handled_by(database, library, BEFORE, *lines).handled == 3
    before = ledger(database)
    after = handled_by(database, library, None, *lines)
    assert (after.handled, after.duplicates, after.dead_letters) == (0, 3, [])
    assert ledger(database) == before


def test_an_event_sent_again_in_its_next_version_with_the_same_content_is_the_same(
    database: Database, library: RuleLibrary, send: Sender
) -> None:
    lines = [send.joined(), filed(send, "h-2", id="f")]
    assert handled_by(database, library, BEFORE, *lines).handled == 2
    assert handled_by(database, library, None, filed(send, "h-2", id="f", **V2)).duplicates == 1
    other = handled_by(database, library, None, filed(send, "h-3", id="f", **V2))
    assert [letter.reason for letter in other.dead_letters] == ["id_reused"]


def test_what_was_too_new_goes_through_after_the_upgrade(
    database: Database, library: RuleLibrary, send: Sender
) -> None:
    lines = [send.joined(), filed(send, "h-2", **V2)]
    assert [letter.reason for letter in handled_by(database, library, BEFORE, *lines).dead_letters] == [
        NEWER_VERSION_REASON
    ]
    with database.read() as connection:
        waiting = dead_letters.find_dead_letters(connection, reason=NEWER_VERSION_REASON)
    upgraded = EventRunner(database, lambda _: library, lambda: NOW)
    assert upgraded.replay_dead_letters(waiting).handled == 1
    with database.read() as connection:
        assert dead_letters.count_dead_letters(connection) == 0


def test_what_we_write_says_its_version_from_the_second_on() -> None:
    assert current_dataschema("hardship.filed") == "urn:yihui:hardship.filed:v2"
    assert current_dataschema("member.joined") is None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _One(_Strict):
    yuan: int


class _Two(_Strict):
    fen: int


class _Three(_Strict):
    fen: int
    currency: str


def _in_fen(data: Mapping[str, object]) -> Mapping[str, object]:
    assert isinstance(data["yuan"], int)
    return {"fen": data["yuan"] * 100}


def _in_a_currency(data: Mapping[str, object]) -> Mapping[str, object]:
    return {**data, "currency": "CNY"}


THREE = EventTypeVersions((_One, _Two, _Three), (_in_fen, _in_a_currency))


@given(yuan=st.integers(-(10**12), 10**12))
@settings(deadline=None, derandomize=True)
def test_every_version_takes_the_steps_that_are_left(yuan: int) -> None:
    wanted = _Three(fen=yuan * 100, currency="CNY")
    data = [_One(yuan=yuan), _Two(fen=yuan * 100), wanted]
    for number, said in enumerate(data, 1):
        both = parse_payload(THREE, number, said.model_dump_json())
        assert (both.original, both.current) == (said, wanted)


def test_data_of_one_version_under_the_name_of_another_is_refused() -> None:
    with pytest.raises(ValidationError):
        parse_payload(THREE, 1, '{"fen": 100}')
    with pytest.raises(ValidationError):
        parse_payload(THREE, 2, '{"yuan": 1}')
