"""Officers answer what riders report of their stations; riders read it. On both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from events import InboundEvent
from events.pipeline import process_batch
from geo.messages import Answer, Observation
from geo.registry.diff import Register
from geo.registry.hand_changes import change_by_hand
from geo.registry.keys import issue_keeper_key
from geo.registry.statements import load_live_summaries
from geo.registry.stations import import_stations
from geo.station import Kind, Station
from tests.yihui.nouns import ENGLISH, do, list_rows, show
from tests.yihui.refusals import refused
from tests.yihui.services.hotline_desk import officer
from yihui.access.actor import Actor
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import Settings, Wiring
from yihui.cases.rider_reports.acts import ANSWER
from yihui.cases.rider_reports.pages import NOUN
from yihui.frame.looking import show_thing
from yihui.frame.waiting import find_waiting
from yihui.services.events.events import process_events
from yihui.services.stations.keepers import Kept, check_act, keeper_events
from yihui.services.stations.reports import (
    Report,
    Withdrawal,
    build_report_event,
    build_withdrawal_event,
    find_followed_report,
)
from yihui.views.live_status import live_notes
from yihui.views.reports import followed_report_json

KEEPER = officer("li.min", "370102", Role.REGISTER_KEEPER)
FAR = officer("zhang", "370202", Role.REGISTER_KEEPER)
AUDITOR = officer("audit", "370102", Role.AUDITOR)


class Door:
    """A station of one district, one of another city, riders, and a clock."""

    def __init__(self, target: str, folder: Path) -> None:
        self.now = datetime(2026, 11, 18, 1, tzinfo=UTC)
        self.wiring = Wiring(Settings(target, folder / "data"), lambda: self.now)
        stations = [
            Station(id="here", name="泉城驿站", kind=Kind.OUTDOOR_STATION, district="370102"),
            Station(
                id="day", name="白天驿站", kind=Kind.LIBRARY, district="370102", hours_text="10:00-18:00"
            ),
            Station(id="far", name="海边驿站", kind=Kind.OUTDOOR_STATION, district="370202"),
        ]
        with self.wiring.database.write() as connection:
            register = Register(name="test", source="test", file="test.csv", digest="1")
            import_stations(connection, register, stations, self.now, confirmed=True)

    def report(
        self, rider: str, what: Observation = Observation.LOCKED, station: str = "here", **said: Any
    ) -> str:
        """A rider reports a station; return the report's number."""
        reporter = (rider * 16)[:16]
        event = build_report_event(Report(observation=what, **said), station, reporter, self.now, b"key")
        with self.wiring.database.write() as connection:
            process_batch(
                [InboundEvent(event, "riders")], connection, self.wiring.runner.library(connection), self.now
            )
        return event.id

    def answer(self, number: str, answer: str, by: Actor = KEEPER, seen: int = 1, **said: Any) -> None:
        do(self.wiring, by, ANSWER, number, seen=seen, answer=answer, **said)

    def keep(self, key: str, *acts: Kept) -> None:
        """The keeper acts."""
        events = keeper_events(acts, "here", key, self.now)
        with self.wiring.database.write() as connection:
            process_events(self.wiring, connection, events, self.now)

    def withdraw(self, number: str, key: str, source: str = "/riders") -> None:
        withdrawal = Withdrawal(station="here", idempotency_key=key)
        event = build_withdrawal_event(withdrawal, number, (self.now, self.now), b"key")
        sent = replace(event, source=source)
        with self.wiring.database.write() as connection:
            process_events(self.wiring, connection, [sent], self.now)

    def listed(self, by: Actor = KEEPER, **asked: str) -> list[str]:
        return [row.number for row in list_rows(self.wiring, by, NOUN, **asked)]

    def waiting(self, by: Actor = KEEPER) -> list[tuple[str, str]]:
        with self.wiring.database.read() as connection:
            things = find_waiting(self.wiring, connection, by, ENGLISH).things
        return [(one.title, one.path) for todo, one in things if todo in NOUN.todos]

    def states(self) -> list[str]:
        with self.wiring.database.read() as connection:
            live = load_live_summaries(connection, self.now, station="here").get("here")
        return [status.state.value for status in live.statuses_at(self.now)] if live else []

    def notes(self) -> list[str]:
        with self.wiring.database.read() as connection:
            live = load_live_summaries(connection, self.now, station="here")["here"]
        return live_notes(live.statuses_at(self.now), ENGLISH)

    def read_as_rider(self, number: str) -> str:
        found = find_followed_report(self.wiring, number)
        assert found is not None
        return " ".join(followed_report_json(found, ENGLISH)["words"])


@pytest.fixture
def door(target: str, tmp_path: Path) -> Door:
    return Door(target, tmp_path)


def test_one_answer_reaches_every_rider_who_said_the_same_and_opens_the_door(door: Door) -> None:
    first = door.report("a")
    door.now += timedelta(minutes=10)
    other = door.report("b")
    broken = door.report("c", Observation.BROKEN, facility="microwave")
    assert door.waiting() == [("泉城驿站", f"/desk/rider-reports/{first}")] and door.states() != []
    shown = show(door.wiring, KEEPER, NOUN, other)
    assert shown["alike"] == 2 and "none: no keeper" in shown["keepers"]
    door.answer(other, "open_now", note="门已经开了")
    assert door.waiting() == [] and door.listed() == [broken]
    assert {*door.listed(state="answered")} == {first, other}
    assert {row.state for row in list_rows(door.wiring, KEEPER, NOUN, state="all")} == {"answered", "waiting"}
    for number in (first, other):
        assert "The union answered" in door.read_as_rider(number) and "门已经开了" in door.read_as_rider(
            number
        )
    assert "closed" not in door.states()
    with door.wiring.database.read() as connection:
        acts = connection.execute(audit_entries.select()).all()
    assert (acts[-1].act, acts[-1].object_id, acts[-1].organisation) == (
        "stations.change.answer_report",
        other,
        "370102",
    )


def test_that_one_gets_in_answers_every_report_on_the_door_that_waits(door: Door) -> None:
    with door.wiring.database.write() as connection:
        key = issue_keeper_key(connection, "here", door.now).key.id
    locked, closed = door.report("a"), door.report("b", Observation.CLOSED)
    broken = door.report("c", Observation.BROKEN, facility="microwave")
    door.now += timedelta(minutes=10)
    door.keep(key, Kept(act="let_in"))
    assert door.listed() == [broken] and "closed" not in door.states()
    assert "answered" not in door.read_as_rider(broken), "a word on the door settles nothing else"
    for number in (locked, closed):
        assert door.read_as_rider(number).endswith("The keeper answered (09:10): One gets in now.")
    later, crowded = door.report("d"), door.report("e", Observation.CROWDED)
    door.now += timedelta(minutes=10)
    door.keep(key, Kept(act="answered", report=crowded, answer=Answer.OPEN_NOW, note="门开了"))
    assert door.listed() == [broken] and "门开了" in door.read_as_rider(crowded)
    assert door.read_as_rider(later).count("One gets in now") == 1


def test_that_one_gets_in_answers_reports_that_were_told_something_else_or_arrive_late(door: Door) -> None:
    with door.wiring.database.write() as connection:
        key = issue_keeper_key(connection, "here", door.now).key.id
    oldest, thanked = door.report("a"), door.report("b", Observation.CLOSED)
    broken = door.report("c", Observation.BROKEN, facility="microwave")
    for number, answer in ((oldest, Answer.ON_IT), (thanked, Answer.THANKS), (broken, Answer.ON_IT)):
        door.keep(key, Kept(act="answered", report=number, answer=answer))
    for _ in range(50):
        door.report("d", Observation.FINE)
    seen_at = door.now
    door.now += timedelta(minutes=10)
    door.keep(key, Kept(act="let_in"))
    door.now += timedelta(minutes=10)
    late = [door.report(rider, observed_at=seen_at) for rider in "ef"]
    since = door.report("0")
    for number in (oldest, thanked, *late):
        read = door.read_as_rider(number)
        assert read.endswith("The keeper answered (09:10): One gets in now.") and read.count("gets in") == 1
    assert door.read_as_rider(broken).endswith("We see to it.")
    assert "answered" not in door.read_as_rider(since)
    assert {*late} & {*door.listed()} == set()


def test_an_answer_that_settles_nothing_leaves_the_status(door: Door) -> None:
    number = door.report("a")
    before = door.states()
    door.answer(number, "on_it")
    assert door.states() == before and "We see to it" in door.read_as_rider(number)
    assert door.notes() == ["1 person said the door is locked (09:00); answered by the union: We see to it"]


def test_an_answer_is_refused_that_does_not_fit_or_is_not_the_officer_s_to_give(door: Door) -> None:
    number, elsewhere = door.report("a"), door.report("b", station="far")
    assert refused(lambda: door.answer(number, "fixed")) == ["answer"]
    assert refused(lambda: door.answer(number, "open_now", note="打13800001234")) != []
    assert refused(lambda: door.answer(number, "open_now", FAR)) == ["elsewhere"]
    assert refused(lambda: door.answer(number, "open_now", AUDITOR)) != []
    assert refused(lambda: door.answer("aaaa-aaaa-aaaa-aaaa", "open_now")) == ["unknown"]
    assert door.listed() == [number] and door.listed(FAR) == [elsewhere]
    assert door.listed(district="370100") == [number] and door.listed(district="370200") == []
    door.answer(number, "thanks")
    assert refused(lambda: door.answer(number, "open_now")) == ["changed"], "by an officer who saw no answer"
    door.answer(number, "open_now", seen=2)


def test_a_report_that_its_rider_takes_back_waits_for_nobody_and_has_no_effect(door: Door) -> None:
    key = "0123456789abcdef"
    numbers = [door.report("a", idempotency_key=key), door.report("b")]
    assert door.states() == ["closed"]
    assert refused(lambda: door.withdraw(numbers[0], key, source="/elsewhere")) == ["unknown_report"]
    door.withdraw(numbers[0], key)
    assert door.states() == ["told"] and door.listed() == [numbers[1]] == door.listed(state="all")
    shown = show(door.wiring, KEEPER, NOUN, numbers[0])
    assert shown["state"] == "taken_back"
    assert not show_thing(door.wiring, KEEPER, NOUN, numbers[0], ENGLISH).page.acts
    assert refused(lambda: door.answer(numbers[0], "open_now", seen=2)) == ["taken_back"]
    late = Kept(act="answered", report=numbers[0], answer=Answer.OPEN_NOW)
    assert refused(lambda: check_act(door.wiring, late, "here")) == ["taken_back"]
    assert "alike" not in show(door.wiring, KEEPER, NOUN, numbers[1])
    door.answer(numbers[1], "open_now")
    assert door.read_as_rider(numbers[0]) == "You took it back (09:00); it doesn't count."


def test_a_report_that_lapsed_waits_for_nobody(door: Door) -> None:
    number = door.report("a")
    door.now += timedelta(days=2)
    assert door.listed() == [] == door.waiting() and door.listed(state="all") == [number]
    assert [row.state for row in list_rows(door.wiring, KEEPER, NOUN, state="all")] == ["over"]
    assert show_thing(door.wiring, KEEPER, NOUN, number, ENGLISH).page.effect == ""


def test_corrected_is_said_by_a_change_of_the_register_alone(door: Door) -> None:
    numbers = [door.report(rider, Observation.WRONG_PLACE) for rider in "ab"]
    assert [refused(lambda said=said: door.answer(numbers[0], said)) for said in ("fixed", "corrected")] == [
        ["answer"],
        ["answer"],
    ]
    assert door.states() == ["wrong_place"]
    with door.wiring.database.write() as connection:
        change_by_hand(connection, "here", {"lon": 117.0, "lat": 36.5}, KEEPER.id, door.now)
    assert door.listed() == [] == door.states()
    for number in numbers:
        assert "The union corrected the entry (09:00): position." in door.read_as_rider(number)


def test_an_officer_who_says_that_one_gets_in_against_the_hours_says_until_when(door: Door) -> None:
    number = door.report("a", Observation.CLOSED, station="day")
    assert refused(lambda: door.answer(number, "open_now")) == ["until"]
    assert refused(lambda: door.answer(number, "open_now", until="8:30")) == ["until_over"]
    door.answer(number, "open_now", until="9:30")
    with door.wiring.database.read() as connection:
        live = load_live_summaries(connection, door.now, station="day")["day"]
    assert [spell.hours_text for spell in live.spells] == ["09:00–09:30、10:00–18:00"]
