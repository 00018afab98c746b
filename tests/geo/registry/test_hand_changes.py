"""What keepers and officers change in the register: imports leave it, officers take it back, reports are answered by it."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.faults import FaultError
from geo.messages import Answer, Observation, Reported
from geo.registry.hand_changes import HandChanged, change_by_hand
from geo.registry.links import link_stations
from geo.registry.reports import RIDER_SOURCE, StationEvent, find_report, load_status_reports
from geo.registry.statements import (
    find_surveyed_point,
    list_revocable,
    load_live_summaries,
    record_status_reports,
    revoke_change,
)
from geo.registry.stations import find_station, load_station_history
from geo.station import Station
from geo.status.statements import find_report_outcome
from store import Database
from tests.geo.registry.test_stations import AT, bring_in, station
from tests.transactions import read_in, write_in

KEEPER = "keeper:abcdefgh"
LATER = AT + timedelta(days=1)


def mend(database: Database, by: str = KEEPER, at: datetime = LATER, **values: object) -> Station:
    return write_in(database, change_by_hand, "a", values, by, at)


def now(database: Database) -> Station:
    found = read_in(database, find_station, "a")
    assert found is not None
    return found


def revoke(database: Database, sequence: int) -> Station:
    return write_in(database, revoke_change, now(database), sequence, "li.min", LATER)


def revocable(database: Database) -> list[int]:
    history = read_in(database, load_station_history, "a")
    return [entry.sequence for entry in read_in(database, list_revocable, history, now(database))]


@pytest.mark.both_databases
def test_an_import_leaves_a_changed_field_until_the_publishers_own_value_changes(database: Database) -> None:
    bring_in(database, station("a", hours_text="9:00-17:00", phone="0531-1"))
    mend(database, hours_text="8:00-20:00", phone="0531-2")
    diff = bring_in(database, station("a", hours_text="9:00-17:00", phone="0531-3", name="新名"))
    assert (now(database).hours_text, now(database).phone, now(database).name) == (
        "8:00-20:00",
        "0531-3",
        "新名",
    )
    assert (diff.left, diff.taken) == ({"a": ("hours_text",)}, {"a": ("phone",)})
    again = bring_in(database, station("a", hours_text="9:00-17:00", phone="0531-3", name="新名"))
    assert (again.unchanged, again.left, again.taken) == (1, {"a": ("hours_text",)}, {})


def test_a_publisher_who_follows_a_keeper_and_goes_back_is_followed(database: Database) -> None:
    bring_in(database, station("a", hours_text="9:00-17:00"))
    mend(database, hours_text="8:00-20:00")
    for said in ("8:00-20:00", "9:00-17:00"):
        bring_in(database, station("a", hours_text=said))
        assert now(database).hours_text == said


def test_a_moved_station_stays_until_its_register_moves_it(database: Database) -> None:
    bring_in(database, station("a"))
    mend(database, lon=117.001)
    assert bring_in(database, station("a", lon=117.0 + 1e-10)).unchanged == 1
    assert now(database).lon == 117.001
    bring_in(database, station("a", lat=36.501))
    assert (now(database).lon, now(database).lat) == (117.0, 36.501)


_VALUES = st.sampled_from(["9:00-17:00", "8:00-20:00", "10:00-12:00"])


def test_a_publisher_who_falls_silent_takes_nothing_back(database: Database) -> None:
    bring_in(database, station("a", phone="0531-1", facilities=["water"]))
    mend(database, phone="0531-2", lon=117.001, facilities=frozenset({"toilet"}))
    mended = now(database)
    bring_in(database, station("a", phone="", facilities=[], lon=None, lat=None))
    assert now(database) == mended
    bring_in(database, station("a", phone="0531-1", facilities=["wifi"]))
    assert (now(database).phone, now(database).facilities) == ("0531-2", {"wifi"})


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(["import", "hand"]), _VALUES), min_size=1))
def test_a_field_is_the_last_of_what_was_set_by_hand_and_what_the_publisher_changed(
    steps: list[tuple[str, str]],
) -> None:
    here, published, said = station("a", hours_text="24小时"), {}, "24小时"
    expected = "24小时"
    for kind, text in steps:
        if kind == "hand":
            expected = text
            published = {} if text == said else {"hours_text": said}
            here = here.model_copy(update={"hours_text": text})
            continue
        if text != said:
            expected = text
        said = text
        here, taken = HandChanged(here, published).apply_to(station("a", hours_text=text))
        published = {name: value for name, value in published.items() if name not in taken}
        assert here.hours_text == expected


@pytest.mark.both_databases
def test_a_change_is_taken_back_while_it_holds(database: Database) -> None:
    bring_in(database, station("a", hours_text="9:00-17:00", facilities=["water"]))
    mend(database, hours_text="8:00-20:00")
    mend(database, facilities=frozenset({"toilet"}))
    mend(database, hours_text="10:00-12:00")
    newest, middle, oldest = list(read_in(database, load_station_history, "a"))[:0:-1]
    assert revocable(database) == [newest.sequence, middle.sequence]
    with pytest.raises(FaultError):
        revoke(database, oldest.sequence)
    revoke(database, newest.sequence)
    revoke(database, oldest.sequence)
    assert revoke(database, middle.sequence) == station("a", hours_text="9:00-17:00", facilities=["water"])
    assert bring_in(database, station("a", hours_text="9:00-17:00", facilities=["water"])).left == {}
    last = read_in(database, load_station_history, "a")[-1]
    assert (last.change, last.cause, json.loads(last.after)) == (
        "revoked",
        "li.min",
        {"facilities": ["water"]},
    )


def test_a_change_that_another_made_anew_since_is_not_taken_back(database: Database) -> None:
    bring_in(database, station("a"))
    mend(database, note="甲", phone="0531-1")
    (hers,) = revocable(database)
    for note in ("乙", "甲"):
        mend(database, by="li.min", note=note)
    assert hers not in revocable(database) and now(database).note == "甲"
    with pytest.raises(FaultError):
        revoke(database, hers)


def test_what_the_publisher_says_too_is_not_taken_back(database: Database) -> None:
    bring_in(database, station("a", hours_text="9:00-17:00"))
    mend(database, hours_text="8:00-20:00")
    (change,) = revocable(database)
    bring_in(database, station("a", hours_text="8:00-20:00"))
    assert revocable(database) == []
    with pytest.raises(FaultError):
        revoke(database, change)
    assert now(database).hours_text == "8:00-20:00"


def test_a_keepers_steps_are_measured_from_where_others_placed_it(database: Database) -> None:
    bring_in(database, station("a"))
    mend(database, lon=117.001)
    mend(database, lon=117.002)
    assert find_surveyed_point(read_in(database, load_station_history, "a")) == (117.0, 36.5)
    bring_in(database, station("b"), confirmed=True)
    bring_in(database, station("a"), confirmed=True)
    assert now(database).lon == 117.002
    assert find_surveyed_point(read_in(database, load_station_history, "a")) == (117.0, 36.5)
    mend(database, lon=117.0025)
    revoke(database, revocable(database)[0])
    assert now(database).lon == 117.002
    assert find_surveyed_point(read_in(database, load_station_history, "a")) == (117.0, 36.5)
    bring_in(database, station("new"), confirmed=True)
    write_in(database, link_stations, "a", "new", LATER, "li.min")
    assert now(database).lon == 117.002
    assert find_surveyed_point(read_in(database, load_station_history, "a")) == (117.0, 36.5)
    mend(database, by="li.min", lon=117.003)
    assert find_surveyed_point(read_in(database, load_station_history, "a")) == (117.003, 36.5)
    bring_in(database, station("new", lat=36.6))
    assert find_surveyed_point(read_in(database, load_station_history, "a")) == (117.0, 36.6)


def report(database: Database, number: str, observation: Observation, at: datetime = AT, **more: Any) -> None:
    said = Reported(station="a", observation=observation, reporter=number[:1] * 16, **more)
    write_in(database, record_status_reports, [StationEvent(RIDER_SOURCE, number, at, said)], at)


def answers(database: Database, number: str) -> list[tuple[Answer, bool, tuple[str, ...]]]:
    found = read_in(database, find_report, number)
    assert found is not None
    return [(one.answer, one.is_officers, one.fields) for one in found.answers]


@pytest.mark.both_databases
def test_a_report_is_corrected_by_the_change_of_what_it_is_about_and_once(database: Database) -> None:
    bring_in(database, station("a", hours_text="9:00-17:00", facilities=["water", "toilet"]))
    report(database, "a-hours", Observation.CLOSED)
    report(database, "b-place", Observation.WRONG_PLACE)
    report(database, "c-place", Observation.WRONG_PLACE)
    report(database, "d-water", Observation.BROKEN, facility="water")
    report(database, "e-fine", Observation.FINE)
    mend(database, hours_text="8:00-20:00", at=AT + timedelta(minutes=1))
    mend(database, hours_text="8:00-21:00", at=AT + timedelta(minutes=2))
    mend(database, facilities=frozenset({"water"}), at=AT + timedelta(minutes=3))
    corrected = (Answer.CORRECTED, False, ("hours_text",))
    assert [answers(database, one) for one in ("a-hours", "b-place", "d-water")] == [[corrected], [], []]
    bring_in(
        database, station("a", lon=117.1, hours_text="9:00-17:00", facilities=["water", "toilet"]), at=LATER
    )
    assert (
        answers(database, "b-place") == answers(database, "c-place") == [(Answer.CORRECTED, True, ("lon",))]
    )
    assert answers(database, "e-fine") == []
    live = read_in(database, load_live_summaries, LATER, station="a")
    assert {status.facility for status in live["a"].statuses_at(LATER)} == {"water"}


def test_a_change_that_says_the_same_of_it_corrects_nothing(database: Database) -> None:
    bring_in(database, station("a", hours_text="9:00-17:00", facilities=["toilet"]))
    report(database, "a-hours", Observation.LOCKED)
    report(database, "b-place", Observation.WRONG_PLACE)
    report(database, "c-place", Observation.WRONG_PLACE)
    report(database, "d-water", Observation.BROKEN, facility="water")
    both = ["toilet", "water"]
    bring_in(
        database, station("a", lon=117.0000001, hours_text="每天 09:00-17:00", facilities=both), at=LATER
    )
    mend(database, lon=117.0002, at=LATER)  # 18 m
    assert [answers(database, one) for one in ("a-hours", "b-place", "c-place", "d-water")] == [
        [],
        [],
        [],
        [],
    ]
    live = read_in(database, load_live_summaries, LATER, station="a")
    assert "wrong_place" in {status.state.value for status in live["a"].statuses_at(LATER)}
    bring_in(database, station("a", lon=117.0005, hours_text="9:00-17:30", facilities=["toilet"]), at=LATER)
    assert [answers(database, one)[0][0] for one in ("a-hours", "b-place", "d-water")] == [
        Answer.CORRECTED
    ] * 3


@pytest.mark.both_databases
def test_a_report_counts_again_when_a_change_restores_what_it_is_about(database: Database) -> None:
    bring_in(database, station("a", hours_text="9:00-17:00", facilities=["water"]))
    numbers = ("a-hours", "b-place", "c-place", "d-water")
    report(database, numbers[0], Observation.LOCKED)
    report(database, numbers[1], Observation.WRONG_PLACE)
    report(database, numbers[2], Observation.WRONG_PLACE)
    report(database, numbers[3], Observation.BROKEN, facility="water")
    mended = {"hours_text": "8:00-20:00", "lon": 117.003, "facilities": frozenset({"wifi"})}
    back = {"hours_text": "每天 09:00-17:00", "lon": 117.0001, "facilities": frozenset({"water"})}

    def is_misplaced() -> bool:
        live = read_in(database, load_live_summaries, LATER, station="a")
        return "wrong_place" in {status.state.value for status in live["a"].statuses_at(LATER)}

    said = list[Answer]()
    for values, answer in ((mended, Answer.CORRECTED), (back, Answer.RESTORED), (mended, Answer.CORRECTED)):
        mend(database, **values)
        said.append(answer)
        assert [[given for given, *_ in answers(database, one)] for one in numbers] == [said] * 4
        assert is_misplaced() is (answer is Answer.RESTORED)
        found = read_in(database, find_report, numbers[1])
        assert found is not None
        assert found.is_answered is (answer is Answer.CORRECTED)


@pytest.mark.both_databases
def test_a_report_counts_again_though_its_place_is_restored_by_a_roundabout_way(database: Database) -> None:
    bring_in(database, station("a"))
    for number in ("a-first", "b-first"):
        report(database, number, Observation.WRONG_PLACE)
    hours = [LATER + timedelta(hours=n) for n in range(5)]

    def is_misplaced(at: datetime) -> bool:
        live = read_in(database, load_live_summaries, at, station="a")
        return "wrong_place" in {status.state.value for status in live["a"].statuses_at(at)}

    mend(database, lon=117.003, at=hours[0])
    for number in ("c-second", "d-second"):
        report(database, number, Observation.WRONG_PLACE, at=hours[1])
    assert is_misplaced(hours[1])
    mend(database, lon=117.006, at=hours[2])
    assert not is_misplaced(hours[2])
    mend(database, lon=117.0, at=hours[3])
    assert is_misplaced(hours[3])
    for number, is_answered in (("a-first", False), ("c-second", True)):
        found = read_in(database, find_report, number)
        assert found is not None
        assert found.is_answered is is_answered
        said = read_in(database, load_status_reports, "a", found.status_report.at)
        assert (find_report_outcome(found.status_report, said).settled is not None) is is_answered
    mend(database, lon=117.009, at=hours[4])
    assert not is_misplaced(hours[4])


def test_an_earlier_report_alone_is_corrected(database: Database) -> None:
    bring_in(database, station("a", hours_text="9:00-17:00"))
    mend(database, hours_text="8:00-20:00", at=AT - timedelta(minutes=1))
    report(database, "a-hours", Observation.CLOSED)
    assert answers(database, "a-hours") == []


def test_a_station_that_keeps_its_old_id_keeps_its_changes(database: Database) -> None:
    bring_in(database, station("a", hours_text="9:00-17:00", phone="0531-1"))
    mend(database, hours_text="8:00-20:00", phone="0531-2")
    bring_in(database, station("new", hours_text="9:00-17:00", phone="0531-3"), confirmed=True)
    write_in(database, link_stations, "a", "new", LATER, "li.min")
    assert (now(database).hours_text, now(database).phone) == ("8:00-20:00", "0531-3")
    assert bring_in(database, station("new", hours_text="9:00-18:00", phone="0531-3")).taken == {
        "a": ("hours_text",)
    }
