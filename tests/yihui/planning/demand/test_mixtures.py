"""Residents and riders beside each other, as ``--demand`` names them; and the hours of orders."""

from pathlib import Path

import pytest

from tests.yihui.planning.demand.reading import HERE, THERE, WGS84, Read
from tests.yihui.refusals import faults_of
from yihui.planning.demand.request import (
    DemandMixture,
    DemandQuery,
    LeaveOut,
    first_demand,
    is_spread_evenly,
    parse_mixture,
)

MIXED = DemandMixture("population", (("searches", 0.3),))


@pytest.mark.parametrize(
    "text",
    [
        "population+searches=30%",
        " population + searches = 30 % ",
        "population＋searches＝３０％",
        "population+searches=30.0%",
    ],
)
def test_typists_slips_are_read(text: str) -> None:
    assert parse_mixture(text) == MIXED
    assert first_demand(text) == "population"


@pytest.mark.parametrize(
    "text", ["population", "searches:unmet", "orders.csv", "a+b.csv", "C:/x y/o=1.csv", ""]
)
def test_one_demand_is_no_mixture(text: str) -> None:
    assert parse_mixture(text) is None


def test_a_file_whose_name_looks_like_a_mixture_is_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "area+searches=5%").touch()
    assert parse_mixture("area+searches=5%") is None
    assert first_demand("area+searches=5%") == "area+searches=5%"
    assert parse_mixture("census+searches=6%") == DemandMixture("census", (("searches", 0.06),))


def test_parts_that_sum_to_the_whole_are_one_however_they_round() -> None:
    found = parse_mixture("population+a.csv=21.6%+b.csv=73.9%+c.csv=4.5%")
    assert found is not None
    assert sum(share for _, share in found.others) == pytest.approx(1)


def test_two_long_names_are_no_name_of_a_file() -> None:
    long = "订" * 60
    assert parse_mixture(f"population+{long}.csv=20%+{long}二.csv=20%") is not None


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("population+searches", ["no_share"]),
        ("population+", ["no_name"]),
        ("population+=30%", ["no_name"]),
        ("area+searches=20%", ["ground"]),
        ("population+census=20%", ["twice"]),
        ("population+o.csv=20%+./o.csv=20%", ["twice"]),
        ("population+searches=30", ["share"]),
        ("population+searches=0.3", ["share"]),
        ("population+searches=0%", ["share"]),
        ("population+searches=-5%", ["share"]),
        ("population+searches=101%", ["share"]),
        ("population+searches=5%=6%", ["share"]),
        ("population+searches=nan%", ["share"]),
        ("population+searches=60%+orders.csv=50%", ["too_much"]),
        ("population=70%+searches=30%", ["share_of_first"]),
        ("population+searches=20%+searches=10%", ["twice"]),
        ("searches+searches=20%", ["twice"]),
        ("population+searches=0%+area", ["share", "no_share"]),
    ],
)
def test_a_mixture_that_says_no_whole_is_refused_with_all_faults(text: str, codes: list[str]) -> None:
    faults = faults_of(parse_mixture, text)
    assert [fault.code.rpartition(".")[2] for fault in faults] == codes
    assert all(fault.remedy for fault in faults)


def orders(*times: str, header: str = "下单时间") -> str:
    rows = "".join(
        f"{lon},{lat},{time}\n" for time, (lon, lat) in zip(times, [HERE, THERE] * 9, strict=False)
    )
    return f"经度,纬度,{header}\n{rows}"


def hours_of(read: Read, content: str) -> list[int] | None:
    reading = read(content, **WGS84)
    assert not reading.hour_faults
    found = reading.demand.hour
    return None if found is None else found.tolist()


@pytest.mark.parametrize(
    ("time", "hour"),
    [
        ("2026-09-07 12:30:05", 12),  # a Monday
        ("2026-09-07T12:30", 12),
        ("2026/9/13 23:59", 167),
        ("2026.9.13 0:00", 144),
        ("2026年9月8日 8:05", 32),
        ("２０２６-09-07　12:30", 12),
        ("2026-09-07 04:30Z", 12),
        ("2026-09-06T23:10:00.5-08:00", 15),
        ("", -1),
        ("   ", -1),
    ],
)
def test_the_time_of_an_order_is_an_hour_of_the_civil_week(read: Read, time: str, hour: int) -> None:
    assert hours_of(read, orders("2026-09-08 00:10", time)) == [24, hour]


@pytest.mark.parametrize(
    "time", ["2026-09-07", "12:30", "25:00", "2026-13-07 12:30", "2026-09-07 24:30", "noon", "0"]
)
def test_a_cell_without_day_and_time_among_others_is_a_fault(read: Read, time: str) -> None:
    (fault,) = read(orders("2026-09-08 00:10", time), **WGS84).hour_faults
    assert (fault.row, fault.field, fault.value) == (3, "下单时间", time)


def test_a_column_of_days_alone_says_nothing_about_hours(read: Read) -> None:
    assert hours_of(read, orders("2026-09-07", "2026-09-08")) is None
    assert hours_of(read, orders("2026-09-07 12:30", header="创建时间")) is None


def test_hours_of_the_week_go_before_times(read: Read) -> None:
    assert hours_of(read, orders("0", "167", header="hour_of_week")) == [0, 167]
    both = f"经度,纬度,hour_of_week,下单时间\n{HERE[0]},{HERE[1]},5,2026-09-07 12:30\n"
    assert hours_of(read, both) == [5]


@pytest.mark.parametrize("hour", ["168", "-1", "3.5", "１e1", "noon"])
def test_a_wrong_hour_of_the_week_is_a_fault(read: Read, hour: str) -> None:
    (fault,) = read(orders("0", hour, header="hour_of_week"), **WGS84).hour_faults
    assert (fault.row, fault.field) == (3, "hour_of_week")


def test_an_empty_column_of_hours_hides_no_times(read: Read) -> None:
    both = f"经度,纬度,hour_of_week,下单时间\n{HERE[0]},{HERE[1]},,2026-09-07 12:30\n"
    assert hours_of(read, both) == [12]


def test_hours_of_whole_districts_are_said_to_be_unused(read: Read) -> None:
    found = read("区划代码,订单数,hour_of_week\n370102,5,12\n")
    assert found.demand.hour is None
    assert "hours_of_districts" in {note.code.rpartition(".")[2] for note in found.notes}


def test_two_columns_of_times_are_a_fault(read: Read) -> None:
    both = f"经度,纬度,接单时间,下单时间\n{HERE[0]},{HERE[1]},2026-09-07 12:40,2026-09-07 12:30\n"
    (fault,) = read(both, **WGS84).hour_faults
    assert fault.values["value"] == "接单时间、下单时间"


def test_rows_that_are_left_out_take_their_hours_with_them(read: Read) -> None:
    content = f"经度,纬度,hour_of_week\n{HERE[0]},{HERE[1]},1\n110,36,2\n{THERE[0]},{THERE[1]},3\n"
    found = read(content, **WGS84, leave_out=frozenset({LeaveOut.OUTSIDE})).demand
    assert found.hour is not None
    assert found.hour.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("word", "built_in"),
    [
        ("ＣＥＮＳＵＳ", "population"),
        (" Population ", "population"),
        ("Searches：Unmet", "searches:unmet"),
        ("area:unmet", None),
        ("census.csv", None),
        ("populations", None),
    ],
)
def test_slips_of_a_typist_still_name_a_demand_and_other_words_none(word: str, built_in: str | None) -> None:
    assert DemandQuery(word, "370124").built_in == built_in


@pytest.mark.parametrize(
    ("demand", "is_even"),
    [
        ("ＣＥＮＳＵＳ", True),
        ("census+searches=30%", True),
        ("area", False),
        ("people.tif+searches=30%", False),
    ],
)
def test_the_census_alone_is_spread_evenly_also_beside_riders_demand(demand: str, is_even: bool) -> None:
    assert is_spread_evenly(demand) == is_even
