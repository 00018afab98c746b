"""Workbooks that went wrong in the field (../shared/field/round2): what is right there."""

from functools import cache
from pathlib import Path

import pytest

from core.faults import Fault
from geo.datum import Datum
from geo.districts import Districts
from geo.formats.listed_rows import HiddenRows
from geo.formats.outlines import read_outlines
from geo.formats.table import Table
from tests.yihui.files.bank.paying import terms
from tests.yihui.refusals import faults_of
from yihui.files.bank.payees import read_payees
from yihui.files.tables import SheetReader
from yihui.services.joining.batch import read_batch
from yihui.services.stations.station_import import RegisterIntake, RegisterRequest, read_register

pytestmark = pytest.mark.needs("shared")


@pytest.fixture
def field(shared: Path) -> Path:
    return shared.parent / "field" / "round2"


@cache
def _districts() -> Districts:
    return Districts(read_outlines())


def register(file: Path, hidden: HiddenRows = HiddenRows.TAKE) -> RegisterIntake:
    request = RegisterRequest(file, Datum.WGS84, constants={"kind": "outdoor_station"}, hidden=hidden)
    return read_register(request, _districts)


def batch(file: Path, hidden: HiddenRows = HiddenRows.REFUSE) -> tuple[Table, list[Fault]]:
    notes: list[Fault] = []
    return read_batch(file.read_bytes(), file.name, SheetReader(hidden, notes.extend)), notes


@pytest.mark.parametrize(
    ("name", "asides"),
    [("42_title_rows.xlsx", [8, 9]), ("42_total_rows.xlsx", [7, 8]), ("s42_total_unused.csv", [4])],
)
def test_titles_totals_and_notes_are_no_stations(field: Path, name: str, asides: list[int]) -> None:
    intake = register(field / name)
    assert not intake.reading.errors and not intake.reading.unplaced_stations
    names = ["甲驿站", "乙驿站"] if name.endswith(".csv") else ["甲驿站", "乙驿站", "丙驿站"]
    assert [station.name for station in intake.reading.stations] == names
    assert [note.row for note in intake.table.notes if note.code == "table.total"] == asides


def test_hidden_stations_are_named_and_left_if_that_is_chosen(field: Path) -> None:
    file = field / "53_register_hidden.xlsx"
    taken, left = register(file), register(file, HiddenRows.LEAVE)
    assert (len(taken.reading.stations), len(left.reading.stations)) == (8, 6)
    for intake, code in ((taken, "taken"), (left, "left")):
        assert [(n.code, n.value) for n in intake.table.notes] == [(f"table.hidden_rows.{code}", "4、7")]


def test_hidden_persons_and_payees_are_refused_until_they_are_taken_or_left(field: Path) -> None:
    joins, payees = field / "53_joins_hidden.xlsx", field / "53_payees_hidden.xlsx"
    assert [(f.code, f.value) for f in batch(joins)[0].faults] == [("table.hidden_rows", "3、5")]
    assert [len(batch(joins, one)[0].rows) for one in (HiddenRows.TAKE, HiddenRows.LEAVE)] == [5, 3]
    assert [f.value for f in batch(joins, HiddenRows.LEAVE)[1]] == ["3、5"]
    content = payees.read_bytes()
    (fault,) = faults_of(read_payees, content, payees.name, terms(), SheetReader())
    assert (fault.code, fault.value) == ("table.hidden_rows", "4、6")
    kept = read_payees(content, payees.name, terms(), SheetReader(HiddenRows.LEAVE))
    assert sorted(kept) == ["m-000001", "m-000002", "m-000004", "m-000006"]


def test_a_merged_name_phone_or_point_is_refused_by_row_and_a_covered_cell_named(field: Path) -> None:
    payees = field / "54c_payees_merged_name.xlsx"
    merged = faults_of(read_payees, payees.read_bytes(), payees.name, terms(), SheetReader())
    assert [(f.code, f.row, f.field) for f in merged] == [("table.merged", 3, "户名")]
    joins = batch(field / "54e_joins_merged_phone.xlsx")[0].faults
    assert [(f.code, f.row, f.field) for f in joins] == [("table.merged", 3, "手机号")]
    points = register(field / "54b_register_merged_coords.xlsx").reading.errors
    assert {(f.code, f.row) for f in points} == {("table.merged", 3), ("table.merged", 4)}
    across = register(field / "54d_register_merged_across.xlsx")
    assert len(across.reading.stations) == 3 and not across.reading.errors
    assert [(n.code, n.row, n.field) for n in across.table.notes] == [("worksheet.covered_across", 3, "区县")]
