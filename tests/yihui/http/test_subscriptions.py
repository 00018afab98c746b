"""News for whoever listens, until the end; and a long answer goes on after the app has returned."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from geo.messages import Reported
from geo.registry.reports import RIDER_SOURCE, StationEvent
from geo.registry.statements import record_status_reports
from geo.station import Station
from tests.coroutines import carried_out
from tests.yihui.http.conftest import NOW, STATIONS, import_into
from yihui.bootstrap import Settings, build_wiring
from yihui.http.drain import Drain
from yihui.http.handover import HandoverMiddleware, LongResponse
from yihui.http.reports.subscriptions import (
    MAX_NAMED_STATIONS,
    Listener,
    TooManyListeners,
    UpdateNotice,
    UpdateNotifier,
    build_update_notice,
)
from yihui.http.snapshot import SnapshotCache

LONG_S = 30.0  # nothing waits so long: what is waited for comes, or the test fails


class Town:
    """A site's wiring with a clock that can be set, and somebody else who writes into the same database."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.wiring = build_wiring(
            Settings(database=str(folder / "yihui.db"), data_folder=folder), now=lambda: self.now
        )
        import_into(self.wiring, STATIONS)
        self.snapshots = SnapshotCache(self.wiring)
        self.drain = Drain(self.wiring)

    def listening(self, most: int = 10) -> UpdateNotifier:
        return UpdateNotifier(self.wiring, self.snapshots, self.drain, most)

    def said(self, station: str, who: str = "a", observation: str = "locked") -> None:
        said = Reported.model_validate({"station": station, "observation": observation, "reporter": who * 16})
        event = StationEvent(RIDER_SOURCE, f"{station}{who}{self.now:%H%M%S}", self.now, said)
        with self.wiring.database.write() as connection:
            record_status_reports(connection, [event], self.now)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.wiring.database.close()


@asynccontextmanager
async def looked_once(listening: UpdateNotifier) -> AsyncIterator[Listener]:
    """A listener to whom nothing is new any more."""
    async with listening.lifespan(), listening.listener() as listener:
        while listening._known is None:
            await asyncio.sleep(0)
        yield listener


def test_what_another_process_wrote_is_heard_by_everybody_who_listens(town: Town) -> None:
    async def heard() -> list[UpdateNotice | None]:
        listening = town.listening()
        async with looked_once(listening) as one, listening.listener() as other:
            await asyncio.to_thread(town.said, "quancheng")
            return [await one.next(LONG_S), await other.next(LONG_S)]

    first, second = carried_out(heard())
    assert first == second
    assert first is not None and first.stations == ("quancheng",)


def test_what_this_process_has_handled_is_looked_at_at_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yihui.http.reports.subscriptions.POLL_INTERVAL_S", LONG_S)

    async def heard() -> UpdateNotice | None:
        async with looked_once(town.listening()) as listener:
            await asyncio.to_thread(town.said, "night")
            for work in town.drain._listeners:
                await asyncio.to_thread(work)  # as the drain does, in a thread of its own
            return await listener.next(LONG_S - 1)

    news = carried_out(heard())
    assert news is not None and news.stations == ("night",)


def test_as_many_listen_as_may_and_the_next_one_when_somebody_leaves(town: Town) -> None:
    async def tried() -> list[bool]:
        listening, full = town.listening(most=2), []
        async with listening.lifespan(), listening.listener():
            async with listening.listener():
                full.append(listening.is_full())
                with pytest.raises(TooManyListeners):
                    async with listening.listener():
                        pass
            async with listening.listener():
                full.append(listening.is_full())
            full.append(listening.is_full())
        return full

    assert carried_out(tried()) == [True, True, False]


def test_one_client_takes_its_own_places_and_nobody_elses(town: Town) -> None:
    """The addresses of one IPv6 network are one client."""

    async def tried() -> list[bool]:
        listening, full = town.listening(), []
        listening.most_of_one = 2
        async with listening.lifespan(), listening.listener("2001:db8::1"):
            async with listening.listener("2001:db8::2"):
                full.append(listening.is_full("2001:db8::3"))
                with pytest.raises(TooManyListeners):
                    async with listening.listener("2001:db8::3"):
                        pass
                full.append(listening.is_full("192.0.2.1"))
            full.append(listening.is_full("2001:db8::3"))
        assert not listening._clients  # nothing is kept of who has left
        return full

    assert carried_out(tried()) == [True, False, False]


def test_who_waits_for_news_is_let_go_when_the_app_ends(town: Town) -> None:
    async def waited() -> tuple[UpdateNotice | None, bool]:
        listening = town.listening()
        async with listening.lifespan(), listening.listener() as listener:
            waiting = asyncio.create_task(listener.next(LONG_S))
            await asyncio.sleep(0)
            listening._end_soon()  # as the signal to stop does
            return await waiting, listening.ended

    assert carried_out(waited()) == (None, True)


def test_news_that_nobody_has_heard_yet_is_told_together() -> None:
    one, other = UpdateNotice("1.1", ("a", "b")), UpdateNotice("1.2", ("b", "c"))
    assert one.merge(other) == UpdateNotice("1.2", ("a", "b", "c"))
    assert one.merge(UpdateNotice("1.2", None)) == UpdateNotice("1.2", None)
    assert UpdateNotice("1.1", None).merge(other) == UpdateNotice("1.2", None)


def test_stations_reported_changed_or_lapsed_between_two_snapshots_have_news(town: Town) -> None:
    known = [town.snapshots.current()]

    def told() -> tuple[str, ...] | None:
        known.append(town.snapshots.current())
        return build_update_notice(town.wiring, *known[-2:]).stations

    assert told() == ()
    town.said("quancheng")
    town.said("night", observation="fine")  # changes no answer, but what its keeper reads
    assert told() == ("night", "quancheng")
    town.now += timedelta(hours=2)  # nobody says anything: the word has lapsed
    assert told() == ("night", "quancheng")
    moved = [elsewhere(station) for station in STATIONS]
    import_into(town.wiring, moved)
    assert told() == ("hostile",)
    import_into(
        town.wiring,
        [*moved, *(moved[0].model_copy(update={"id": f"n{n}"}) for n in range(MAX_NAMED_STATIONS + 1))],
    )
    assert told() is None


def elsewhere(station: Station) -> Station:
    """One of them at another place."""
    return station.model_copy(update={"lon": 117.0235}) if station.id == "hostile" else station


class Line:
    """A server's side of one request: what it is sent, and when the app returned."""

    def __init__(self, method: str = "GET") -> None:
        self.log: list[str] = []
        self.scope: Scope = {"type": "http", "method": method, "path": "/news", "headers": []}

    async def receive(self) -> Message:
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        more = " and more" if message.get("more_body") else ""
        self.log.append(f"{message['type']} {message.get('body', b'').decode()}{more}".strip())

    async def long(self, receive: Receive, send: Send) -> None:
        self.log.append((await receive())["type"])
        await send({"type": "http.response.body", "body": b"news", "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        inner = {**scope, "route": object()}
        scope["endpoint"] = object()
        await LongResponse(self.long, "text/event-stream", {})(inner, receive, send)
        self.log.append("the app has returned")

    def answer(self) -> list[str]:
        carried_out(HandoverMiddleware(self.app)(self.scope, self.receive, self.send))
        return self.log


def test_the_body_is_sent_after_the_app_has_returned() -> None:
    line = Line()
    assert line.answer() == [
        "http.response.start",
        "the app has returned",
        "http.disconnect",
        "http.response.body news and more",
        "http.response.body",
    ]
    assert line.scope.keys() == {"type", "method", "path", "headers"}
