"""The register in the database: idempotent, whole or not at all, with its history. On both databases."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from core.calendars import Calendar
from core.faults import FaultError
from geo.registry.diff import Register, RegisterDiff, compare_stations
from geo.registry.stations import (
    find_station,
    import_stations,
    load_registers,
    load_station_history,
    load_stations,
    preview_import,
)
from geo.registry.tables import station_changes
from geo.station import Access, Entry, Kind, Station, Status
from store import Database, open_database
from tests.transactions import read_in, write_in

AT = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)
REGISTER = Register("历下", "总工会", "stations.csv", "0" * 64)
FULL = Station(
    id="a",
    name="驿站",
    kind=Kind.MOTHER_ROOM,
    lon=117.0204321,
    lat=36.6512345,
    address="泉城路1号",
    district="370102",
    district_name="历下区",
    hours_text="周一至周五 9:00-17:00\n周六休息",
    calendar=Calendar.TW,
    area_m2=15.5,
    entry=Entry.STAFF,
    access=Access.EMPLOYER,
    facilities=frozenset({"water", "雨伞"}),
    phone="0531",
    note="請洽服務人員",
    status=Status.CLOSED_TEMPORARILY,
    verified_on=date(2026, 3, 5),
    source="总工会",
    sample=True,
    employer="历下环卫所",
    accepts=frozenset({"summer-cooling", "生日蛋糕"}),
)


def station(id: str, **more: object) -> Station:
    return Station.model_validate(
        {"id": id, "name": f"站{id}", "kind": "library", "lon": 117.0, "lat": 36.5, **more}
    )


def bring_in(database: Database, *read: Station, at: datetime = AT, **options: bool) -> RegisterDiff:
    return write_in(database, import_stations, REGISTER, read, at, **options)


def there(database: Database) -> list[Station]:
    return read_in(database, load_stations)


def changes(database: Database) -> list[tuple[str, str]]:
    with database.read() as connection:
        query = select(station_changes.c.station_id, station_changes.c.change).order_by(
            station_changes.c.sequence
        )
        return [tuple(row) for row in connection.execute(query)]  # type: ignore[misc]


def test_a_station_comes_back_as_it_went_in(database: Database) -> None:
    bring_in(database, FULL, station("b", lon=None, lat=None))
    assert there(database) == [FULL, station("b", lon=None, lat=None)]
    with database.read() as connection:
        assert find_station(connection, "a") == FULL
        assert find_station(connection, "A") is None


def test_the_same_import_again_changes_nothing_at_all(database: Database) -> None:
    bring_in(database, FULL, station("b"))
    registers = read_in(database, load_registers)
    again = bring_in(database, FULL, station("b"), at=AT + timedelta(days=1))
    assert again == RegisterDiff(unchanged=2)
    assert len(changes(database)) == 2
    assert read_in(database, load_registers) == registers


@pytest.mark.both_databases
def test_an_import_tells_who_came_moved_changed_and_went(database: Database) -> None:
    bring_in(database, *(station(id) for id in "abcd"))
    diff = bring_in(
        database,
        station("a"),
        station("b", lon=117.001),
        station("c", name="新名", facilities=["water"]),
        station("e"),
        confirmed=True,
    )
    assert [s.id for s in diff.added] == ["e"]
    assert [s.id for s in diff.gone] == ["d"]
    (move,), (change,) = diff.moved, diff.changed
    assert move.distance_m == pytest.approx(89.591, abs=0.001)  # N(36.5°) cos(36.5°) × 0.001°
    assert change.fields == ("name", "facilities")
    assert diff.unchanged == 1
    assert [s.id for s in there(database)] == ["a", "b", "c", "e"]
    assert changes(database)[4:] == [("e", "added"), ("b", "moved"), ("c", "changed"), ("d", "gone")]
    last = read_in(database, load_station_history, "c")[-1]
    assert json.loads(last.before) == {"name": "站c", "facilities": []}
    assert json.loads(last.after) == {"name": "新名", "facilities": ["water"]}
    assert (last.at, last.cause) == (AT, "stations.csv")


def test_placing_a_station_is_a_move_without_a_distance(database: Database) -> None:
    bring_in(database, station("a", lon=None, lat=None))
    (move,) = bring_in(database, station("a")).moved
    assert move.distance_m is None


def test_who_is_gone_may_come_back_and_keeps_its_history(database: Database) -> None:
    bring_in(database, station("a"), station("b"))
    bring_in(database, station("a"), confirmed=True)
    assert read_in(database, find_station, "b") is None
    assert [s.id for s in bring_in(database, station("a"), station("b", name="又来")).returned] == ["b"]
    history = read_in(database, load_station_history, "b")
    assert [entry.change for entry in history] == ["added", "gone", "returned"]


@pytest.mark.parametrize(("missing", "refused"), [(5, False), (6, True)])
def test_more_than_five_percent_gone_wants_to_be_confirmed(
    migrated_file: Path, tmp_path: Path, missing: int, refused: bool
) -> None:
    database = open_database(str(shutil.copy(migrated_file, tmp_path)))
    everybody = [station(f"{i:03}") for i in range(100)]
    bring_in(database, *everybody)
    if refused:
        with pytest.raises(FaultError, match="6 of 100"):
            bring_in(database, *everybody[missing:])
        assert there(database) == everybody
        assert len(changes(database)) == 100
    else:
        assert len(bring_in(database, *everybody[missing:]).gone) == missing
    assert len(bring_in(database, *everybody[missing:], confirmed=True).gone) == (missing if refused else 0)


@pytest.mark.parametrize(
    ("ids", "change", "others", "refused"),
    [
        (10, {"name": "别站", "lon": 117.01}, 1, False),  # a tenth
        (10, {"name": "别站", "lon": 117.01}, 2, True),
        (5, {"name": "别站", "lon": 117.01}, 1, True),
        (4, {"name": "别站", "lon": 117.01}, 4, False),  # too few to tell
        (10, {"name": "别站"}, 10, False),  # renamed
        (10, {"lon": 117.01}, 10, False),  # moved
        (10, {"name": "别站", "lon": 117.0001}, 10, False),  # renamed and measured again
        (10, {"name": "別站", "lon": None, "lat": None, "address": "二路2号"}, 10, True),  # without a point
    ],
)
def test_ids_that_mean_other_stations_than_before_want_to_be_confirmed(
    migrated_file: Path, tmp_path: Path, ids: int, change: dict[str, object], others: int, refused: bool
) -> None:
    database = open_database(str(shutil.copy(migrated_file, tmp_path)))
    before = [station(f"{i}", address="一路1号") for i in range(ids)]
    changed = {"address": "一路1号", **change}
    after = [station(one.id, **changed) if i < others else one for i, one in enumerate(before)]
    bring_in(database, *before)
    if refused:
        with pytest.raises(FaultError) as caught:
            bring_in(database, *after)
        assert caught.value.code == "register.other_meaning"
        assert there(database) == before
    bring_in(database, *after, confirmed=refused)
    assert there(database) == after


def test_nobody_is_gone_while_rows_were_left_out(database: Database) -> None:
    bring_in(database, station("a"), station("b"))
    diff = bring_in(database, station("a"), complete=False)
    assert [s.id for s in diff.retained] == ["b"]
    assert [s.id for s in there(database)] == ["a", "b"]


@pytest.mark.both_databases
def test_an_id_of_another_register_is_refused_and_nothing_is_written(database: Database) -> None:
    bring_in(database, station("a"))
    other = Register("市中", "", "other.csv", "1" * 64)
    with pytest.raises(FaultError) as caught, database.write() as connection:
        import_stations(connection, other, [station("x"), station("a")], AT)
    (fault,) = caught.value.faults
    assert (fault.file, fault.field, fault.value, fault.params["owner"]) == ("other.csv", "id", "a", "历下")
    assert [s.id for s in there(database)] == ["a"]
    assert [r.name for r in read_in(database, load_registers)] == ["历下"]


def test_an_error_in_the_middle_leaves_the_register_as_it_was(database: Database) -> None:
    bring_in(database, station("a"))
    with pytest.raises(RuntimeError), database.write() as connection:
        import_stations(connection, REGISTER, [station("a", name="新名"), station("b")], AT)
        raise RuntimeError("the power fails")
    assert there(database) == [station("a")]
    assert changes(database) == [("a", "added")]


def test_a_preview_writes_nothing(database: Database) -> None:
    assert len(read_in(database, preview_import, REGISTER, [station("a")]).added) == 1
    assert there(database) == []


@pytest.mark.both_databases
def test_stations_of_a_register_are_found_even_when_not_placed(database: Database) -> None:
    bring_in(database, station("a", district="370102", lon=None, lat=None), *map(station, "bcd"))
    with database.read() as connection:
        assert load_stations(connection, register="无") == []
        (summary,) = load_registers(connection)
    assert (summary.stations, summary.imported_at) == (4, AT)


def test_a_change_of_a_station_that_does_not_exist_is_refused(database: Database) -> None:
    row = {"station_id": "x", "at": AT, "change": "added", "before": "{}", "after": "{}", "cause": ""}
    with pytest.raises(Exception, match=r"(?i)foreign key"), database.write() as connection:
        connection.execute(insert(station_changes), [row])


def test_a_rounding_of_less_than_a_millimetre_is_no_move() -> None:
    here = Station(id="1", name="甲", kind=Kind.LIBRARY, lon=117.02, lat=36.66)
    hair = here.model_copy(update={"lon": 117.02 + 5e-9})  # 0.4 mm
    step = here.model_copy(update={"lon": 117.02 + 5e-8})  # 4 mm
    assert compare_stations({"1": here}, (), [hair], complete=True) == RegisterDiff(unchanged=1)
    renamed = hair.model_copy(update={"name": "乙"})
    (change,) = compare_stations({"1": here}, (), [renamed], complete=True).changed
    assert change.fields == ("name",)
    (move,) = compare_stations({"1": here}, (), [step], complete=True).moved
    assert move.distance_m == pytest.approx(0.00447, abs=1e-4)
