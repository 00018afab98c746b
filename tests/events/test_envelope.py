"""The envelope: what each attribute may be, and what is said where it is not."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import Event, InvalidEvent, parse_event, validate_event
from events.dead_letters import dead_letter_id
from events.envelope import CLOCK_SKEW
from events.faults import dead_letter_reason
from tests.profile import searched
from tools.servers.sending import NOW

GOOD: dict[str, object] = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/test",
    "type": "member.transferred",
    "subject": "m-1",
    "time": "2026-05-01T09:00:00+08:00",
    "datacontenttype": "application/json",
    "data": {"organisation": "370202001-00017", "district": "370202"},
}


def event(**changed: object) -> dict[str, object]:
    """The good event with attributes changed, or left out where they are ``...``."""
    return {name: value for name, value in {**GOOD, **changed}.items() if value is not ...}


def told(raw: dict[str, object]) -> list[tuple[str | None, str]]:
    """Field and code of each fault."""
    found = parse_event(json.dumps(raw), NOW)
    assert isinstance(found, InvalidEvent)
    assert all(fault.message and fault.remedy for fault in found.faults)
    return [(fault.field, dead_letter_reason(fault)) for fault in found.faults]


VALID: list[dict[str, object]] = [
    {},
    {"datacontenttype": ...},
    {"datacontenttype": "application/cloudevents+json; charset=utf-8"},
    {"time": "2026-05-01T01:00:00Z"},
    {"time": "2026-05-01T01:00:00.123456Z"},
    {"time": (NOW + CLOCK_SKEW).isoformat()},  # a sender's clock may be a little ahead
    {"time": "1900-01-01T00:00:00+08:00"},
    {"id": "编号 1"},  # any text that is one
    {"source": "https://union.example/roll?year=2026#1"},
    {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "sequence": 7},  # extensions
    {"data": {"organisation": "370202", "district": None}},
]
INVALID: list[tuple[dict[str, object], list[tuple[str, str]]]] = [
    ({"specversion": ...}, [("specversion", "missing")]),
    ({"specversion": "0.3"}, [("specversion", "string_pattern_mismatch")]),
    ({"specversion": 1.0}, [("specversion", "string_type")]),
    ({"id": ...}, [("id", "missing")]),
    ({"id": ""}, [("id", "string_too_short")]),
    ({"id": "  "}, [("id", "attribute")]),
    ({"id": "a\nb"}, [("id", "attribute")]),
    ({"id": 7}, [("id", "string_type")]),
    ({"id": "x" * 201}, [("id", "string_too_long")]),
    ({"source": ...}, [("source", "missing")]),
    ({"source": "\t"}, [("source", "attribute")]),
    ({"source": None}, [("source", "string_type")]),
    ({"type": ...}, [("type", "missing")]),
    ({"type": 3}, [("type", "string_type")]),
    ({"type": "member.promoted"}, [("type", "unknown_type")]),
    ({"subject": ...}, [("subject", "missing")]),
    ({"subject": "m 1"}, [("subject", "string_pattern_mismatch")]),
    ({"subject": "m" * 65}, [("subject", "string_pattern_mismatch")]),
    ({"time": ...}, [("time", "missing")]),
    ({"time": "2026-05-01T09:00:00"}, [("time", "timezone_aware")]),
    ({"time": "2026-05-01"}, [("time", "datetime_parsing")]),
    ({"time": "20260501"}, [("time", "datetime_parsing")]),  # not the 20,260,501st second since 1970
    ({"time": 1777600800}, [("time", "datetime_parsing")]),
    ({"time": "2026-02-30T09:00:00Z"}, [("time", "datetime_from_date_parsing")]),
    ({"time": "0001-01-01T00:00:00+14:00"}, [("time", "too_early")]),  # has no date in UTC at all
    ({"time": (NOW + CLOCK_SKEW + timedelta(seconds=1)).isoformat()}, [("time", "future")]),
    ({"datacontenttype": "text/xml"}, [("datacontenttype", "string_pattern_mismatch")]),
    ({"data": ...}, [("data", "missing")]),
    ({"data": [1]}, [("data", "dict_type")]),
    ({"data": {}}, [("data.organisation", "missing")]),
    ({"data": {"organisation": 370202}}, [("data.organisation", "string_type")]),
    ({"data": {"organisation": "３７０２０２"}}, [("data.organisation", "organisation_code")]),
    (
        {"data": {"organisation": "370202", "district": "37020２"}},
        [("data.district", "string_pattern_mismatch")],
    ),
    ({"data": {"organisation": "370202", "distric": "370202"}}, [("data.distric", "extra_forbidden")]),
    (
        {"source": "a\0", "type": "x"},
        [("source", "attribute"), ("type", "unknown_type"), ("source", "character")],
    ),
    ({"comment": "a\0b"}, [("comment", "character")]),
]


@pytest.mark.parametrize("changed", VALID, ids=str)
def test_what_cloudevents_allows_is_taken(changed: dict[str, object]) -> None:
    assert isinstance(parse_event(json.dumps(event(**changed)), NOW), Event)


@pytest.mark.parametrize(("changed", "faults"), INVALID, ids=str)
def test_what_is_wrong_is_told_with_its_field(
    changed: dict[str, object], faults: list[tuple[str, str]]
) -> None:
    assert told(event(**changed)) == faults


PAYLOADS: list[tuple[str, dict[str, object], str]] = [
    ("member.birthday", {"on": 20580}, "on"),  # not days since 1970
    ("member.birthday", {"on": "1577836800"}, "on"),
    ("member.birthday", {"on": "0026-05-01"}, "on"),
    ("member.profile_changed", {}, ""),
    ("member.profile_changed", {"trade": None}, ""),
    ("hardship.reviewed", {"household": "h", "level": "none", "accepted": "no"}, "accepted"),
    ("course.completed", {"course": "c", "score": "90"}, "score"),
    ("course.completed", {"course": "c", "score": 90.0}, "score"),
    ("poll.completed", {"poll": "  "}, "poll"),
]


@pytest.mark.parametrize(("kind", "data", "field"), PAYLOADS, ids=str)
def test_a_payload_is_taken_at_its_word_and_nothing_is_converted(
    kind: str, data: dict[str, object], field: str
) -> None:
    ((named, _),) = told(event(type=kind, data=data))
    assert named == f"data.{field}".rstrip(".")


def test_every_fault_of_an_event_is_told_at_once() -> None:
    assert [
        field for field, _ in told({"data": {"x": 1}, "type": "member.left", "time": "2031-01-01T00:00:00Z"})
    ] == [
        "specversion",
        "id",
        "source",
        "subject",
        "data.x",
    ]


def test_a_byte_order_mark_and_white_space_around_an_event_are_passed_over() -> None:
    text = json.dumps(GOOD)
    plain = parse_event(text, NOW)
    for written in ("\ufeff" + text, b"\xef\xbb\xbf" + text.encode() + b"\r\n", f"  {text}\t\n"):
        assert parse_event(written, NOW) == plain


def test_the_same_said_otherwise_has_the_same_digest_and_another_thing_another() -> None:
    def digest(**changed: object) -> str:
        found = validate_event(event(**changed), NOW)
        assert isinstance(found, Event)
        return found.digest

    same = [
        {},
        {"time": "2026-05-01T01:00:00Z"},
        {"traceparent": "00-1"},
        {"data": dict(reversed(list(GOOD["data"].items())))},
    ]  # type: ignore[attr-defined]
    other = [
        {"subject": "m-2"},
        {"time": "2026-05-01T01:00:01Z"},
        {"data": {"organisation": "370202001-00018", "district": "370202"}},
    ]
    assert {digest(**changed) for changed in same} == {digest()}
    assert len({digest(), *(digest(**changed) for changed in other)}) == 4


@pytest.mark.parametrize("surrogate", ["\ud83d", "a\udc80"])
def test_half_of_a_surrogate_pair_is_told_and_can_be_kept(surrogate: str) -> None:
    """Python's own JSON reader lets them through; no database takes them."""
    for raw in (
        event(id=surrogate),
        event(data={"organisation": "370202", surrogate: 1}),
        event(comment=surrogate),
    ):
        found = validate_event(raw, NOW)
        assert isinstance(found, InvalidEvent)
        kept = [found.text, found.id or "", *(f"{f.field} {f.value}" for f in found.faults)]
        assert all(text.encode() for text in kept)
        assert "character" in {dead_letter_reason(fault) for fault in found.faults}


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@searched(300)
@given(changed=st.dictionaries(st.sampled_from(sorted(GOOD)), _anything | st.just(...), max_size=4))
def test_whatever_an_attribute_holds_the_answer_is_an_event_or_faults(changed: dict[str, object]) -> None:
    found = validate_event(event(**changed), NOW)
    assert isinstance(found, Event) or (found.faults and all(fault.remedy for fault in found.faults))
    assert "\0" not in found.text
    assert found.text.encode().decode() == found.text


@searched(300)
@given(line=st.binary(max_size=60))
def test_whatever_bytes_come_in_they_can_be_kept(line: bytes) -> None:
    found = parse_event(line, datetime(2026, 1, 1, tzinfo=UTC))
    assert isinstance(found, InvalidEvent)
    assert "\0" not in found.text
    assert found.text.encode().decode() == found.text


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ('"subject"', '"subject": "m-9", "subject"', "subject"),
        ('"data": {', '"data": {"joined_on": "2020-01-01", "joined_on" : "2020-01-02", ', "joined_on"),
        ('"subject"', '"\\u0073ubject": "m-9", "subject"', "subject"),
    ],
)
def test_a_key_that_stands_twice_is_refused_by_name(before: str, after: str, key: str) -> None:
    text = json.dumps(event(), ensure_ascii=False)
    assert before in text
    sent = text.replace(before, after, 1)
    found = parse_event(sent, NOW)
    assert isinstance(found, InvalidEvent)
    assert (found.faults[0].code, found.faults[0].value) == ("event.repeated_key", key)
    assert found.text == sent, "a replay finds the key twice, too"
    assert dead_letter_id(sent) != dead_letter_id(text), "who keeps the last one has changed something"
