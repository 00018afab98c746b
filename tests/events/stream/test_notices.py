"""A notice of a dead letter is a CloudEvent, whose attributes are headers; no broker is needed to see that."""

import json
from collections.abc import Callable, Sequence

import jsonschema
import pytest

from core.faults import Fault
from events import InvalidEvent, parse_event
from events import dead_letters as letters
from events.stream.access import StreamAccess
from events.stream.message import KafkaMessage
from events.stream.notices import dead_letter_notice_source
from events.stream.producer import AddressedMessage, WindowDelivery
from events.stream.relay import Relay
from store import Database
from tools.asyncapi import build_asyncapi
from tools.servers.sending import NOW, Sender

ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "time")


class Carrier:
    """Takes all messages; confirms none while the brokers are away."""

    def __init__(self) -> None:
        self.sent: list[KafkaMessage] = []
        self.is_away = False

    def deliver(self, window: Sequence[AddressedMessage], stopped: Callable[[], bool]) -> WindowDelivery:
        self.sent += [addressed.message for addressed in window]
        return WindowDelivery([] if self.is_away else list(range(len(window))), {}, None)


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


def relay(database: Database, carrier: Carrier) -> None:
    source = dead_letter_notice_source(StreamAccess("x:1"), lambda: NOW)
    Relay(database, carrier, [source], lambda: NOW).relay_once()


def record(database: Database, send: Sender, reason: str) -> None:
    event = parse_event(send("member.left", "m-9", reason="secret words", envelope={"id": "same"}), NOW)
    assert not isinstance(event, InvalidEvent)
    fault = Fault("what", "how", value="secret words", params={"code": reason})
    with database.write() as connection:
        letters.record_dead_letters(connection, [letters.build_dead_letter(event, [fault], "http", NOW)])


def test_a_notice_has_the_headers_of_a_cloudevent(database: Database, carrier: Carrier) -> None:
    record(database, Sender(), "unknown_member")
    relay(database, carrier)
    [message] = carrier.sent
    headers = {name: value.decode() for name, value in message.headers}
    assert headers.keys() == {"content-type", *(f"ce_{name}" for name in ATTRIBUTES)}
    assert (headers["ce_specversion"], headers["ce_type"]) == ("1.0", "yihui.dead_letter_recorded")
    assert headers["ce_time"] == NOW.isoformat(timespec="microseconds").replace("+00:00", "Z")
    notice = json.loads(message.value)
    assert headers["ce_subject"] == notice["id"] == message.key.decode()
    assert notice.keys() == {"id", "reason", "source", "event_id", "origin"}
    assert "secret" not in str(message)


def test_a_notice_fits_its_description(database: Database, carrier: Carrier) -> None:
    record(database, Sender(), "unknown_member")
    relay(database, carrier)
    described = build_asyncapi()["components"]["messages"]["deadLetterNotice"]  # type: ignore[index, call-overload]
    checker = jsonschema.Draft7Validator(described["headers"])
    headers = {name: value.decode() for name, value in carrier.sent[0].headers}
    assert list(checker.iter_errors(headers)) == []
    assert list(checker.iter_errors({**headers, "ce_type": "member.left"})), "it would find a fault"


def test_the_id_stays_while_it_is_sent_again_and_changes_with_the_reason(
    database: Database, carrier: Carrier
) -> None:
    carrier.is_away = True
    record(database, Sender(), "unknown_member")
    relay(database, carrier)
    carrier.is_away = False
    relay(database, carrier)
    record(database, Sender(), "unknown_member")  # is known already, and told
    relay(database, carrier)
    record(database, Sender(), "future")
    relay(database, carrier)
    ids = [dict(message.headers)["ce_id"] for message in carrier.sent]
    assert len(ids) == 3
    assert ids[0] == ids[1] != ids[2]
