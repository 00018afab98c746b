"""An event as a Kafka message: comes back as it went, and is read by the SDK of CloudEvents as well."""

import json

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st

from events import Event, InvalidEvent, parse_event
from events.stream.message import build_message, parse_message
from tests.profile import searched
from tools.servers.sending import NOW, Sender

_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)


def _event(text: str) -> Event:
    event = parse_event(text, NOW)
    assert isinstance(event, Event), event
    return event


@searched(100)
@given(source=_TEXTS.filter(str.strip), id=_TEXTS.filter(str.strip), trade=_TEXTS)
def test_what_went_as_a_message_comes_back_as_the_same_event(source: str, id: str, trade: str) -> None:
    text = Sender().joined(trade=trade, envelope={"source": source, "id": id, "traceparent": "00-1-1-01"})
    sent = parse_event(text, NOW)
    if isinstance(sent, InvalidEvent):
        return  # what holds a number that may be a person's is sent by nobody
    message = build_message(sent.text)
    back = parse_message(message.value, message.headers, NOW)
    assert isinstance(back, Event)
    assert (back.key, back.digest, back.subject, back.occurred_at) == (
        sent.key,
        sent.digest,
        sent.subject,
        sent.occurred_at,
    )
    assert json.loads(back.text)["traceparent"] == "00-1-1-01"


def test_the_sdk_of_cloudevents_reads_our_message(send: Sender) -> None:
    event = _event(send.joined())
    message = build_message(event.text)
    read = from_binary(KafkaMessage(dict(message.headers), message.key, message.value), JSONFormat())
    assert (read.get_source(), read.get_id(), read.get_type(), read.get_subject()) == (
        event.source,
        event.id,
        event.type,
        event.subject,
    )
    assert read.get_time() == event.occurred_at
    assert read.get_data() == json.loads(event.text)["data"]
    assert message.key == event.subject.encode()


def test_a_structured_message_is_read_too(send: Sender) -> None:
    text = send.joined()
    kind = [("content-type", b"application/cloudevents+json; charset=utf-8")]
    for headers in (kind, []):
        back = parse_message(text.encode(), headers, NOW)
        assert isinstance(back, Event)
        assert back.digest == _event(text).digest


@pytest.mark.parametrize("name", ["ce_id", "ce_source", "ce_subject", "ce_comnote"])
def test_an_attribute_that_is_no_utf8_is_told_and_never_replaced(name: str, send: Sender) -> None:
    """Otherwise two ids could become one, and the second event be taken for the first."""
    message = build_message(_event(send.joined()).text)
    back = parse_message(message.value, {**dict(message.headers), name: b"a\xff"}.items(), NOW)
    assert isinstance(back, InvalidEvent)
    assert {fault.field for fault in back.faults} == {name.removeprefix("ce_")}


def test_a_key_that_stands_twice_in_the_data_is_refused(send: Sender) -> None:
    message = build_message(_event(send.joined()).text)
    back = parse_message(message.value[:-1] + b',"a":1,"a":2}', message.headers, NOW)
    assert isinstance(back, InvalidEvent)
    assert [fault.value for fault in back.faults if fault.code == "event.repeated_key"] == ["a"]


@pytest.mark.parametrize("value", [None, b"", b"\xff\xfe", b"[1]", b"{", b'{"a":' * 100_000])
def test_a_message_that_is_no_event_says_what_is_wrong(value: bytes | None, send: Sender) -> None:
    headers = build_message(_event(send.joined()).text).headers
    for given_ in (headers, ()):
        back = parse_message(value, given_, NOW)
        assert isinstance(back, InvalidEvent)
        assert back.faults
