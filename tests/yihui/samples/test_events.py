"""The sample events, roll and organisations: readable, repeatable, with every planted oddity once."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from stdnum.cn import ric

from core.sheets.csv import read_csv
from events.envelope import InvalidEvent, parse_event
from events.faults import dead_letter_reason
from tests.members.rolls import parse_roll
from yihui.samples import organisations as sample_organisations
from yihui.samples import roll as sample_roll
from yihui.samples.events import SEED, generate_event_lines, write_rolls

NOW = datetime(2026, 10, 3, 4, 0, tzinfo=UTC)

Json = dict[str, object]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return list(generate_event_lines(SEED))


@pytest.fixture(scope="module")
def events(lines: list[str]) -> list[Json]:
    """The lines that are events, in the order of the file."""
    return [json.loads(line) for line in lines if not isinstance(parse_event(line, NOW), InvalidEvent)]


def data(event: Json) -> dict[str, str]:
    held = event["data"]
    assert isinstance(held, dict)
    return held


def test_exactly_the_six_planted_lines_are_unreadable_each_for_its_own_reason(lines: list[str]) -> None:
    read = [parse_event(line, NOW) for line in lines]
    faults = [
        [dead_letter_reason(fault) for fault in event.faults]
        for event in read
        if isinstance(event, InvalidEvent)
    ]
    assert faults == [
        ["not_json"],
        ["missing"],
        ["unknown_type"],
        ["timezone_aware"],
        ["future"],
        ["personal_data"],
    ]


def test_every_id_number_of_the_roll_checks_and_none_could_have_been_given_out() -> None:
    roll = sample_roll.generate_roll(SEED, 300)
    assert len({line[0] for line in roll}) == len(roll) == 300
    for number, phone, organisation, _, _, joined_on, district in roll:
        assert ric.calc_check_digit(number) == number[-1]
        assert number[14:17] == "000"
        assert ric.get_birth_date(number).isoformat() < joined_on < "2026-01-01"
        assert phone.startswith("1990000") and len(phone) == 11
        assert organisation.startswith(district)


def test_the_roll_is_read_whole_and_the_faulty_one_but_for_its_one_row(tmp_path: Path) -> None:
    write_rolls(tmp_path / "roll.csv", SEED, 300)
    good = (tmp_path / "roll.csv").read_bytes()
    faulty = (tmp_path / "roll-faulty.csv").read_bytes()
    enrolled, faults = parse_roll(read_csv(good, "roll.csv"), b"k" * 32)
    assert (len(enrolled), faults) == (300, [])
    enrolled, faults = parse_roll(read_csv(faulty, "roll-faulty.csv"), b"k" * 32)
    assert [(fault.row, fault.field) for fault in faults] == [(sample_roll.FAULTY_ROW, "身份证号")]
    differing = [a for a, b in zip(good.splitlines(), faulty.splitlines(), strict=True) if a != b]
    assert len(enrolled) == 299 and len(differing) == 1


def test_every_organisation_of_an_event_or_a_roll_is_listed(events: list[Json]) -> None:
    codes = {o.code for o in sample_organisations.list_organisations()}
    assert {data(event)["organisation"] for event in events if "organisation" in data(event)} <= codes
    assert {line[2] for line in sample_roll.generate_roll(SEED, 300)} <= codes
