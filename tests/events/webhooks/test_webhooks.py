"""Receivers hear exactly what was committed, signed, at least once, in order for each member."""

import json
import ssl
from collections.abc import Iterator
from datetime import timedelta
from itertools import repeat
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook as Verifier

from core.faults import FaultError
from events import list_unpublished
from events.webhooks.deliveries import LEASE_DURATION, create_deliveries, lease_deliveries, retry_delay_s
from events.webhooks.receivers import remove_webhook, retry_deliveries, retry_delivery
from store import Database, outbox
from tests.events.receiving import Heard, Reply, receiving
from tests.events.telling import KEY, World, happened
from tests.transactions import read_in, values_in, write_in
from tools.servers.securing import certificate


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def refusing(*members: str, status: int = 500):  # type: ignore[no-untyped-def]
    """Answers this status to what is told of some members."""
    return lambda heard: Reply(status if heard.member in members else 204)


def test_what_is_told_is_the_outboxs_event_signed_so_that_the_library_believes_it(world: World) -> None:
    with receiving() as receiver:
        added = world.add(receiver.url)
        happened(world.database, "a" * 40, member="m-驿")
        assert world.tell() == 1
        [heard] = receiver.heard
    Verifier(KEY.derive_secret(added.id)).verify(heard.body, dict(heard.headers))
    assert [heard.body] == [event.text for event in read_in(world.database, list_unpublished)]
    assert heard.headers["content-type"].startswith("application/cloudevents+json")
    assert heard.id == json.loads(heard.body)["id"] == "a" * 40
    assert [(one.state, one.attempts, one.last_status) for one in world.found()] == [("delivered", 1, 204)]
    assert world.tell() == 0


def test_each_receiver_has_a_secret_of_its_own(world: World) -> None:
    with receiving() as receiver:
        secrets = {KEY.derive_secret(world.add(receiver.url).id) for _ in range(3)}
    assert len(secrets) == 3


@pytest.mark.parametrize("status", [302, 429, 500])
def test_anything_but_success_is_tried_again_later_under_the_same_id(world: World, status: int) -> None:
    with receiving(lambda _: Reply(status, {"location": "/elsewhere"})) as receiver:
        world.add(receiver.url)
        happened(world.database, "a")
        assert world.tell() == 0
        assert world.tell() == 0, "not at once"
        assert receiver.ids() == ["a"]
        receiver.answer = lambda _: Reply()
        world.wait(seconds=30)
        assert world.tell() == 1
        first, second = receiver.heard
    assert (first.id, first.body) == (second.id, second.body)
    assert [(one.state, one.attempts, one.last_status) for one in world.found()] == [("delivered", 2, 204)]


def test_a_redirect_leads_nowhere(world: World) -> None:
    with receiving() as elsewhere, receiving(lambda _: Reply(307, {"location": elsewhere.url})) as receiver:
        world.add(receiver.url)
        happened(world.database, "a")
        world.tell()
        assert (receiver.ids(), elsewhere.ids()) == (["a"], [])


@pytest.mark.both_databases
def test_a_failure_holds_back_later_messages_of_this_member_to_this_receiver_only(
    world: World,
) -> None:
    with receiving(refusing("m-1")) as strict, receiving() as easy:
        world.add(strict.url)
        world.add(easy.url)
        happened(world.database, "a1", "a2", "a3")
        happened(world.database, "b1", "b2", member="m-2")
        world.tell()
        assert strict.ids("m-1") == ["a1"]
        assert strict.ids("m-2") == ["b1", "b2"]
        assert (easy.ids("m-1"), easy.ids("m-2")) == (["a1", "a2", "a3"], ["b1", "b2"])
        strict.answer = refusing()
        world.wait(seconds=30)
        world.tell()
        assert strict.ids("m-1") == ["a1", "a1", "a2", "a3"]


def test_a_receiver_that_was_down_hears_all_of_it_in_order_when_it_is_back(world: World) -> None:
    with receiving() as receiver:
        port, added = int(receiver.url.split(":")[2].split("/")[0]), world.add(receiver.url)
    for number in range(30):
        happened(world.database, f"e{number:02}", member=f"m-{number % 3}")
    assert world.tell() == 0
    failed = [one for one in world.found() if one.attempts]
    assert {one.last_fault for one in failed} == {"unreachable"}
    assert world.state(added.id).rests_until is not None
    with receiving(port=port) as receiver:
        assert world.tell() == 0, "it is left alone for a while"
        world.wait(minutes=6)
        assert world.tell() == 30
        for member in range(3):
            assert receiver.ids(f"m-{member}") == [f"e{n:02}" for n in range(member, 30, 3)]
    assert world.state(added.id).rests_until is None


def test_while_it_is_down_one_attempt_at_a_time_finds_out(world: World) -> None:
    with receiving() as receiver:
        world.add(receiver.url)
    for number in range(40):
        happened(world.database, f"e{number}", member=f"m-{number}")
    world.tell()
    before = sum(one.attempts for one in world.found())
    world.wait(minutes=6)
    world.tell()
    assert sum(one.attempts for one in world.found()) == before + 1


@pytest.mark.endure
def test_one_that_never_answers_keeps_nobody_else_waiting(world: World) -> None:
    world.within_s = 3.0
    hold = Event()

    def never(_: Heard) -> Reply:
        hold.wait(20)
        return Reply()

    with receiving(never) as slow, receiving() as quick:
        world.add(slow.url)
        world.add(quick.url)
        for number in range(100):
            happened(world.database, f"e{number}", member=f"m-{number % 10}")
        assert world.tell() == 100
        assert len(slow.heard) <= 16
        hold.set()
        assert {one.last_fault for one in world.found() if one.last_fault} == {"timeout"}


def test_an_answer_without_end_is_not_read_to_its_end(world: World) -> None:
    endless = repeat(b"x" * 1024)
    with receiving(lambda _: Reply(200, {"connection": "close"}, endless)) as receiver:
        world.add(receiver.url)
        happened(world.database, "a", "b")
        assert world.tell() == 2


def test_a_receiver_that_answers_gone_gets_nothing_until_an_officer_resumes_it(
    world: World,
) -> None:
    with receiving(lambda _: Reply(410)) as receiver:
        gone = world.add(receiver.url)
        happened(world.database, "a", "b")
        world.tell()
        assert world.state(gone.id).state == "gone"
        assert {one.state for one in world.found()} == {"given_up"}
        happened(world.database, "c")
        world.wait(days=1)
        world.tell()
        assert receiver.ids() == ["a"]
        receiver.answer = lambda _: Reply()
        assert write_in(world.database, retry_deliveries, gone.id, world.now) == 2
        assert (world.state(gone.id).state, world.state(gone.id).unreached) == ("active", 0)
        happened(world.database, "d")
        world.tell()
        assert receiver.ids() == ["a", "a", "b", "d"], "what happened while it was gone is not told"


def test_after_three_days_it_is_given_up_and_shown_and_the_next_one_has_its_turn(world: World) -> None:
    with receiving(refusing("m-1", status=500)) as receiver:
        world.add(receiver.url)
        happened(world.database, "a")
        start = world.now
        world.tell()
        while world.found()[0].state == "waiting":
            world.tell()
            world.now = max(world.now, world.found()[0].next_at)
        [lost] = world.found(state="given_up")
        assert timedelta(days=2, hours=16) < lost.last_at - start < timedelta(days=3)  # type: ignore[operator]
        assert 15 < lost.attempts == len(receiver.heard) < 30
        happened(world.database, "b")
        receiver.answer = refusing()
        world.tell()
        assert receiver.ids()[-1] == "b"


def test_what_waits_too_long_for_one_that_is_down_is_given_up_altogether(world: World) -> None:
    with receiving() as receiver:
        world.add(receiver.url)
    for number in range(20):
        happened(world.database, f"e{number}", member=f"m-{number}")
    world.tell()
    world.wait(days=4)
    world.tell()
    assert {one.state for one in world.found()} == {"given_up"}


def test_pauses_grow_and_differ_by_chance() -> None:
    assert [round(retry_delay_s(n, 0.5)) for n in (1, 2, 3, 9, 30)] == [5, 15, 45, 21_600, 21_600]
    assert retry_delay_s(3, 0.0) == 45 * 0.75 and retry_delay_s(3, 0.999) < 45 * 1.25


def test_it_waits_as_long_as_an_overloaded_receiver_asks(world: World) -> None:
    with receiving(lambda _: Reply(429, {"retry-after": "600"})) as receiver:
        world.add(receiver.url)
        happened(world.database, "a")
        world.tell()
        world.wait(seconds=590)
        world.tell()
        assert len(receiver.heard) == 1
        world.wait(seconds=20)
        world.tell()
        assert len(receiver.heard) == 2


def test_only_the_types_that_were_asked_for_are_told_and_only_from_then_on(world: World) -> None:
    happened(world.database, "before")
    with receiving() as some, receiving() as all_:
        world.add(some.url, "benefit.refused", "benefit.expired")
        happened(world.database, "granted")
        happened(world.database, "refused", kind="benefit.refused")
        world.add(all_.url)
        happened(world.database, "expired", kind="benefit.expired")
        world.tell()
        assert (some.ids(), all_.ids()) == (["refused", "expired"], ["expired"])


def test_what_was_taken_and_never_settled_is_told_again_after_its_lease(world: World) -> None:
    with receiving() as receiver:
        added = world.add(receiver.url)
        happened(world.database, "a", "b")
        with world.database.write() as connection:
            create_deliveries(connection, world.now)
            [taken] = lease_deliveries(connection, added.id, world.now, 10)
        assert world.tell() == 0, "somebody is at it, and the next of this member waits for it"
        world.wait(seconds=LEASE_DURATION.total_seconds() + 1)
        assert world.tell() == 2
        assert receiver.ids() == [taken.id, "b"]


@pytest.mark.both_databases
def test_two_who_tell_at_once_share_the_work_and_keep_the_order(world: World) -> None:
    with receiving() as receiver:
        world.add(receiver.url)
        for number in range(105):
            happened(world.database, f"e{number:03}", member=f"m-{number % 7}")
        told: list[int] = []
        threads = [Thread(target=lambda: told.append(world.tell())) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told.append(world.tell())  # both may have left off while the other one had what was next
        assert sum(told) == 105
        for member in range(7):
            assert receiver.ids(f"m-{member}") == [f"e{n:03}" for n in range(member, 105, 7)]


def test_a_receiver_that_is_removed_is_forgotten_with_all_it_was_told(world: World) -> None:
    with receiving() as receiver:
        added = world.add(receiver.url)
        happened(world.database, "a")
        world.tell()
        write_in(world.database, remove_webhook, added.id)
        happened(world.database, "b")
        assert (world.tell(), world.found(), receiver.ids()) == (0, [], ["a"])
        with pytest.raises(FaultError), world.database.write() as connection:
            remove_webhook(connection, added.id)


def test_where_nobody_listens_nothing_is_noted_down(world: World) -> None:
    happened(world.database, "a")
    assert world.tell() == 0
    assert values_in(world.database, select(outbox.c.offered_at)) == [None]


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"), "IP:127.0.0.1")


@pytest.fixture
def tls(pem: Path) -> Iterator[ssl.SSLContext]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, pem.with_name("key.pem"))
    yield context


def test_a_certificate_that_nobody_vouches_for_is_not_believed(world: World, tls: ssl.SSLContext) -> None:
    with receiving(tls=tls) as receiver:
        world.add(receiver.url)
        happened(world.database, "a")
        world.tell()
        assert [(one.state, one.last_fault) for one in world.found()] == [("waiting", "certificate")]
        assert receiver.heard == []


def test_a_certificate_is_looked_at_for_the_name_and_not_for_the_address_behind_it(
    world: World, tls: ssl.SSLContext, pem: Path
) -> None:
    world.trust = ssl.create_default_context(cafile=str(pem))
    with receiving(tls=tls) as receiver:
        right = world.add(receiver.url)
        wrong = world.add(receiver.url.replace("127.0.0.1", "localhost"))
        happened(world.database, "a")
        world.tell()
    assert [one.state for one in world.found(webhook_id=right.id)] == ["delivered"]
    assert [one.last_fault for one in world.found(webhook_id=wrong.id)] == ["certificate"]


def test_one_delivery_is_sent_again_at_once_and_the_others_wait(world: World) -> None:
    with receiving(refusing("m-1", "m-2")) as receiver:
        added = world.add(receiver.url)
        happened(world.database, "a")
        happened(world.database, "b", member="m-2")
        world.tell()
        receiver.answer = refusing()
        first, second = world.found()
        write_in(world.database, retry_delivery, added.id, first.sequence, world.now)
        assert world.tell() == 1 and receiver.ids()[-1] == "a"
        assert [one.state for one in world.found()] == ["delivered", "waiting"]
        for id_, sequence in ((added.id, first.sequence), (added.id, 2**62), ("wh-unknown", second.sequence)):
            with pytest.raises(FaultError), world.database.write() as connection:
                retry_delivery(connection, id_, sequence, world.now)


def test_one_delivery_wakes_a_receiver_that_rests_but_none_that_is_gone(world: World) -> None:
    with receiving() as receiver:
        port, added = int(receiver.url.split(":")[2].split("/")[0]), world.add(receiver.url)
    happened(world.database, "a")
    world.tell()
    world.wait(days=4)
    world.tell()
    [given_up] = world.found(state="given_up")
    with receiving(port=port) as receiver:
        write_in(world.database, retry_delivery, added.id, given_up.sequence, world.now)
        assert world.state(added.id).rests_until is None
        assert world.tell() == 1
        receiver.answer = lambda _: Reply(410)
        happened(world.database, "b")
        world.tell()
    [_, gone] = world.found()
    with pytest.raises(FaultError, match="is gone"), world.database.write() as connection:
        retry_delivery(connection, added.id, gone.sequence, world.now)
