"""The relay: what was accepted comes to its topic, in order for each key, and none of it is lost."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, insert, select

from events import DeadLetter, Event, check_publishable, parse_event
from events import dead_letters as letters
from events import outcome_events as outwards
from events.envelope import LARGEST_BYTES
from events.stream.access import StreamAccess
from events.stream.faults import NoStream
from events.stream.message import build_message
from events.stream.producer import AddressedMessage, Producer, WindowDelivery
from events.stream.relay import Relay, RelayCounts, ingress_source, outbox_source
from rules import RuleLibrary
from store import Database, ingress, open_database, outbox
from tests.events.running import accept
from tests.events.stream.reading import Read, make_topics, read
from tests.transactions import change_in, read_in, value_in
from tools.servers.kafka import brokers
from tools.servers.sending import NOW, Sender, handle_in
from tools.servers.streaming import environment, running, wait_until

pytestmark = pytest.mark.needs("kafka")
RELAY = ("yihui", "relay")


@pytest.fixture
def producer(access: StreamAccess) -> Iterator[Producer]:
    made = Producer(access)
    yield made
    made.close()


def left(database: Database) -> int:
    return int(value_in(database, select(func.count()).select_from(ingress)))


def relay_of(database: Database, access: StreamAccess, producer: Producer) -> Relay:
    return Relay(database, producer, [ingress_source(access)], lambda: NOW)


def until_nothing_waits(relay: Relay) -> RelayCounts:
    total = RelayCounts({})
    while done := relay.relay_once():
        total.add(done)
    return total


def numbers(found: Sequence[Read]) -> list[int]:
    return [int(item.id[2:]) for item in found]


def first_of_each(found: Sequence[Read], key: str) -> list[int]:
    """What a worker with an inbox makes of it."""
    return list(dict.fromkeys(numbers([item for item in found if item.key == key])))


def kept_letters(database: Database) -> list[DeadLetter]:
    return read_in(database, letters.find_dead_letters)


def test_events_go_to_the_topic_of_their_noun(
    database: Database, access: StreamAccess, producer: Producer, send: Sender
) -> None:
    make_topics(access)
    closed = send("station.closed_today", "st-1", reason="repair")
    accept(database, [send.joined()])
    change_in(database, insert(ingress), [{"event": closed, "accepted_at": NOW}])
    until_nothing_waits(relay_of(database, access, producer))
    assert [item.key for item in read(access, access.topic_name("station-events"))] == ["st-1"]
    assert [item.key for item in read(access, access.topic_name("member-events"))] == ["m-1"]


@pytest.mark.endure
def test_two_relays_at_once_lose_nothing_and_change_no_order(
    database: Database, access: StreamAccess, send: Sender
) -> None:
    """No lock here: even where one believes that it is alone, the first of each event counts, and is in order."""
    make_topics(access)
    accept(database, [send.joined(f"m-{n % 5}") for n in range(6_000)])
    troubles: list[BaseException] = []

    def work() -> None:
        producer = Producer(access)
        try:
            until_nothing_waits(relay_of(database, access, producer))
        except BaseException as error:  # noqa: BLE001 told by the test
            troubles.append(error)
        producer.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (troubles, left(database)) == ([], 0)
    found = read(access, access.topic_name("member-events"))
    assert set(numbers(found)) == set(range(1, 6_001))
    for member in range(5):
        own = first_of_each(found, f"m-{member}")
        assert own == sorted(own)


def test_what_the_broker_takes_in_no_case_becomes_a_dead_letter_and_blocks_nothing(
    database: Database, access: StreamAccess, producer: Producer, send: Sender
) -> None:
    make_topics(access, max_message_bytes="20000")
    lines = [send.joined(f"m-{n % 3}") for n in range(300)]
    for place in (40, 41, 200):
        lines[place] = send.joined("m-1", envelope={"comnote": "好" * 20_000})
    accept(database, lines)
    done = until_nothing_waits(relay_of(database, access, producer))
    assert (done.refused, done.sent["http"], left(database)) == (3, 297, 0)
    found = read(access, access.topic_name("member-events"))
    assert len(set(numbers(found))) == 297
    for member in range(3):
        own = first_of_each(found, f"m-{member}")
        assert own == sorted(own)
    kept = kept_letters(database)
    assert {letter.reason for letter in kept} == {"unpublishable"}
    assert all(letter.text and letter.faults[0].params["topic"] for letter in kept)


def test_the_largest_event_that_is_accepted_goes_through_as_brokers_are_by_default(
    database: Database, access: StreamAccess, producer: Producer, send: Sender
) -> None:
    make_topics(access)
    event = json.loads(send.joined("m-1", envelope={f"x{n}": "" for n in range(200)}))
    bare = parse_event(json.dumps({**event, "comnote": ""}), NOW)
    event["comnote"] = "好" * ((LARGEST_BYTES - len(bare.text.encode())) // 3)
    item = check_publishable(parse_event(json.dumps(event), NOW))
    assert isinstance(item, Event)
    assert LARGEST_BYTES - 3 < len(item.text.encode()) <= LARGEST_BYTES
    accept(database, [item.text])
    assert until_nothing_waits(relay_of(database, access, producer)).sent["http"] == 1


@pytest.mark.endure
def test_a_window_of_large_events_is_cut_so_that_each_part_fits(
    access: StreamAccess, producer: Producer, send: Sender
) -> None:
    make_topics(access)
    topic = access.topic_name("member-events")
    lines = [send.joined(f"m-{n % 2}", envelope={"comnote": "x" * 150_000}) for n in range(20)]
    done = producer.deliver([AddressedMessage(topic, build_message(line)) for line in lines], lambda: False)
    assert (sorted(done.confirmed), done.refused, done.trouble) == (list(range(20)), {}, None)
    assert len(read(access, topic)) == 20


def test_a_row_that_is_no_event_becomes_a_dead_letter(
    database: Database, access: StreamAccess, producer: Producer, send: Sender
) -> None:
    make_topics(access)
    told = send("benefit.refused", rule="r", decision="d", reasons=[])  # what only the outbox may say
    with database.write() as connection:
        rows = [
            {"event": text, "accepted_at": NOW}
            for text in ("nonsense", "[]", '{"data":1}', send.joined(), told)
        ]
        connection.execute(insert(ingress), rows)
    assert until_nothing_waits(relay_of(database, access, producer)).sent["http"] == 1
    assert (left(database), len(kept_letters(database))) == (0, 4)
    assert read(access, access.topic_name("benefit-events")) == []


@pytest.mark.endure
def test_a_topic_that_isnt_there_keeps_everything_waiting_and_is_named(
    database: Database, access: StreamAccess, send: Sender
) -> None:
    accept(database, [send.joined()])
    producer = Producer(access, up_within_s=1.0)
    with pytest.raises(NoStream) as told:
        relay_of(database, access, producer).relay_once()
    assert (told.value.faults[0].value, left(database)) == (access.topic_name("member-events"), 1)
    make_topics(access)
    assert until_nothing_waits(relay_of(database, access, producer)).sent["http"] == 1
    producer.close()


def test_a_row_stays_where_its_transaction_fails_after_the_brokers_word(
    database: Database, access: StreamAccess, producer: Producer, send: Sender
) -> None:
    make_topics(access)
    accept(database, [send.joined(f"m-{n}") for n in range(10)])

    class Unplugged(Exception):
        pass

    class Cut:
        def deliver(self, window: Sequence[AddressedMessage], stopped: Callable[[], bool]) -> WindowDelivery:
            producer.deliver(window, stopped)
            raise Unplugged

    with pytest.raises(Unplugged):
        Relay(database, Cut(), [ingress_source(access)], lambda: NOW).relay_once()
    assert left(database) == 10
    until_nothing_waits(relay_of(database, access, producer))
    found = numbers(read(access, access.topic_name("member-events")))
    assert sorted(found) == sorted([*range(1, 11)] * 2)


def test_outcomes_go_to_their_topic_once_in_order_for_each_member(
    database: Database, access: StreamAccess, producer: Producer, send: Sender, library: RuleLibrary
) -> None:
    make_topics(access)
    lines = [send.imported(f"m-{n}") for n in range(20)] + [send.birthday(f"m-{n}") for n in range(20)]
    handle_in(database, library, lines, 7)
    expected = [json.loads(row.text) for row in read_in(database, outwards.list_unpublished, 1_000)]
    relay = Relay(database, producer, [outbox_source(access, lambda: NOW)], lambda: NOW)
    until_nothing_waits(relay)
    found = read(access, access.topic_name("benefit-events"))
    assert len(expected) == len(found) == 20
    for key in {item.key for item in found}:
        told = [item.id for item in found if item.key == key]
        assert told == [event["id"] for event in expected if event["subject"] == key]
    with database.read() as connection:
        missing = select(func.count()).select_from(outbox).where(outbox.c.published_at.is_(None))
        assert connection.execute(missing).scalar_one() == 0


def test_while_the_broker_is_down_nothing_is_lost_and_it_goes_on_by_itself(
    migrated_file: Path, send: Sender, tmp_path: Path
) -> None:
    database = open_database(str(shutil.copy(migrated_file, tmp_path / "yihui.db")))
    with brokers() as own:
        access = StreamAccess(own.servers)
        make_topics(access)
        producer = Producer(access, delivery_s=2.0, up_within_s=1.0)
        relay = relay_of(database, access, producer)
        accept(database, [send.joined(f"m-{n % 3}") for n in range(500)])
        relay.relay_once()
        own.brokers[0].stop()
        accept(database, [send.joined(f"m-{n % 3}") for n in range(500)])
        for _ in range(2):  # on its way, and opened anew
            with pytest.raises(NoStream):
                relay.relay_once()
        assert left(database) == 500
        own.brokers[0].start()
        wait_until(lambda: _sent(relay), within_s=60)
        until_nothing_waits(relay)
        found = read(access, access.topic_name("member-events"))
        producer.close()
    assert (left(database), set(numbers(found))) == (0, set(range(1, 1_001)))
    for member in range(3):
        own_order = first_of_each(found, f"m-{member}")
        assert own_order == sorted(own_order)
    database.close()


def _sent(relay: Relay) -> bool:
    try:
        return bool(relay.relay_once())
    except NoStream:
        return False


@pytest.mark.endure
def test_of_two_relays_one_stands_by_until_the_other_is_gone(
    target: str, access: StreamAccess, send: Sender, tmp_path: Path
) -> None:
    make_topics(access)
    database = open_database(target)
    given = environment(access, target, tmp_path, YIHUI_LANG="en")
    with running(given, tmp_path, module=RELAY, name="one") as one:
        wait_until(lambda: "sending what waits" in one.read_log(), one)
        with running(given, tmp_path, module=RELAY, name="two") as two:
            wait_until(lambda: "standing by" in two.read_log(), two)
            accept(database, [send.joined()])
            wait_until(lambda: left(database) == 0, one)
            one.kill()
            wait_until(lambda: "sending what waits" in two.read_log(), two)
            accept(database, [send.joined()])
            wait_until(lambda: left(database) == 0, two)
            assert two.stop(within_s=30) == 0
            assert "sent: 1" in two.read_log()
    database.close()


@pytest.mark.endure
def test_told_to_stop_while_no_broker_is_there_it_ends_in_seconds(
    migrated_file: Path, send: Sender, tmp_path: Path
) -> None:
    target = str(shutil.copy(migrated_file, tmp_path / "yihui.db"))
    database = open_database(target)
    accept(database, [send.joined()])
    given = environment(StreamAccess("127.0.0.1:1"), target, tmp_path, YIHUI_LANG="en")
    with running(given, tmp_path, module=RELAY, name="relay") as relay:
        wait_until(lambda: "can't be reached" in relay.read_log(), relay)
        assert relay.stop(within_s=30) == 0
        assert "sent: 0" in relay.read_log()
    assert left(database) == 1
    with running(given, tmp_path, "--once", module=RELAY, name="once") as relay:
        assert relay.wait() == 3
        assert "127.0.0.1:1" in relay.read_log()
    database.close()
