"""What officers do to stations of the register: set, place, take back, link. On both databases."""

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from geo.registry.diff import Register
from geo.registry.hand_changes import change_by_hand
from geo.registry.photos import add_photo
from geo.registry.stations import find_station, import_stations
from geo.station import Kind, Station
from tests.transactions import read_in
from tests.yihui.nouns import count_waiting, do, list_rows, preview, show
from tests.yihui.refusals import refused
from tests.yihui.services.hotline_desk import officer
from yihui.access.actor import Actor
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import Settings, Wiring
from yihui.cases.stations.acts import (
    FACILITIES,
    HOURS,
    LINK,
    NOTE,
    PHONE,
    PHOTO,
    PLACE,
    REMOVE_PHOTO,
    REVOKE,
    SHOW_PHOTO,
)
from yihui.cases.stations.changing import load_registered
from yihui.cases.stations.forms import PhoneForm
from yihui.cases.stations.pages import NOUN
from yihui.files.pictures import PicturedFile
from yihui.frame.acts import Act
from yihui.frame.fields import TypedFile
from yihui.services.stations.desk import list_shown_photos

KEEPER = officer("li.min", "370102", Role.REGISTER_KEEPER)
FAR = officer("zhang", "370202", Role.REGISTER_KEEPER)
AUDITOR = officer("audit", "370102", Role.AUDITOR)
HERE = Station(
    id="here", name="泉城驿站", kind=Kind.OUTDOOR_STATION, district="370102", lon=117.02, lat=36.66,
    hours_text="9:00-17:00", facilities=frozenset({"water", "雨伞"}),
)  # fmt: skip


class Office:
    """A station of one district, one of another city, an unplaced one, and a clock that stands still."""

    def __init__(self, target: str, folder: Path) -> None:
        self.now = datetime(2026, 11, 18, 1, tzinfo=UTC)
        self.wiring = Wiring(Settings(target, folder / "data"), lambda: self.now)
        self.stations = [
            HERE,
            Station(id="far", name="海边驿站", kind=Kind.LIBRARY, district="370202"),
            Station(id="new", name="新驿站", kind=Kind.LIBRARY, district="370102", address="泉城路1号"),
        ]
        self.bring_in(*self.stations)

    def bring_in(self, *stations: Station) -> None:
        with self.wiring.database.write() as connection:
            register = Register(name="test", source="test", file="test.csv", digest="1")
            import_stations(connection, register, stations, self.now, confirmed=True)

    def act(self, act: Act[Any, Any], key: str = "here", by: Actor = KEEPER, **said: Any) -> str:
        return str(do(self.wiring, by, act, key, **said))

    def station(self, id: str = "here") -> Station:
        found = read_in(self.wiring.database, find_station, id)
        assert found is not None
        return found


@pytest.fixture
def office(target: str, tmp_path: Path) -> Office:
    return Office(target, tmp_path)


def test_each_field_is_set_at_once_under_the_officers_name(office: Office) -> None:
    office.act(HOURS, hours="周一至周五 8:00-20:00")
    office.act(PHONE, phone="（0531）8888 1234 转 12")
    office.act(FACILITIES, facilities=["toilet"])
    office.act(NOTE, note="门在北侧")
    there = office.station()
    assert (there.hours_text, there.phone, there.note) == (
        "周一至周五 8:00-20:00",
        "0531-8888 1234 转 12",
        "门在北侧",
    )
    assert there.facilities == {"toilet", "雨伞"}
    with office.wiring.database.read() as connection:
        acts = connection.execute(audit_entries.select()).all()
    assert [one.act.rpartition(".")[2] for one in acts] == [
        "set_hours",
        "set_phone",
        "set_facilities",
        "set_note",
    ]
    assert {one.organisation for one in acts} == {"370102"}
    assert json.loads(acts[0].changes)["after"] == {"hours_text": "周一至周五 8:00-20:00"}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0531-12345678轉801", "0531-12345678转801"),
        ("0531—12345678", "0531-12345678"),
        ("0531-12345678-801", "0531-12345678转801"),
        ("（0531） 12345678", "0531-12345678"),
        ("+86 531 - 8888 1234 – 12", "+86 531-8888 1234转12"),
        ("010-1234-5678", "010-1234-5678"),
        ("400-123-4567", "400-123-4567"),
        ("12351", "12351"),
    ],
)
def test_a_telephone_is_stored_as_it_is_dialled(typed: str, stored: str) -> None:
    assert PhoneForm.model_validate({"phone": typed}).phone == stored


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (HOURS, {"hours": "随缘"}),
        (HOURS, {}),
        (PHONE, {"phone": "13812345678"}),
        (PHONE, {"phone": "示例"}),
        (PHONE, {"phone": "053112345"}),
        (PHONE, {"phone": "0531-12345"}),
        (PHONE, {"phone": "138\u22121234\u22125678"}),  # the sign of subtraction
        (NOTE, {"note": "找老王13812345678"}),
        (NOTE, {"note": "长" * 201}),
        (FACILITIES, {"facilities": ["sauna"]}),
        (PLACE, {"point": "火车站"}),
        (PLACE, {"point": "120.38,36.06", "datum": "wgs84"}),
    ],
)
def test_what_no_door_says_is_refused_and_changes_nothing(
    office: Office, act: Act[Any, Any], said: Any
) -> None:
    assert refused(lambda: office.act(act, **said)) != []
    assert office.station() == HERE


def test_hours_are_shown_back_as_a_week_before_they_are_stored(office: Office) -> None:
    week = preview(office.wiring, KEEPER, HOURS, "here", hours="周一至周五 8:00-20:00，节假日休息")["week"]
    assert [(row["days"], row["hours"]) for row in week] == [
        ("Monday through Friday", "08:00–20:00"),
        ("Saturday through Sunday", "closed all day"),
        ("Public holidays", "closed all day"),
    ]
    assert office.station() == HERE


def test_the_week_that_is_shown_has_no_holiday(office: Office) -> None:
    office.now = datetime(2026, 10, 3, 15, tzinfo=UTC)  # a day off
    row, _ = preview(office.wiring, KEEPER, HOURS, "here", hours="每天 8:00-20:00")["week"]
    assert (row["days"], row["hours"]) == ("Monday through Sunday", "08:00–20:00")


def test_a_register_that_gives_a_point_is_corrected_and_stays_so(office: Office) -> None:
    office.act(PLACE, point="117.03, 36.67", datum="wgs84")
    office.act(PLACE, key="new", point="117.04,36.66", datum="wgs84")
    office.bring_in(*office.stations)
    assert (office.station().lon, office.station("new").lat) == (117.03, 36.66)
    office.act(PLACE, point="120.38,36.06", datum="wgs84", outside=True)
    assert office.station().lon == 120.38


def test_an_officer_takes_a_keepers_change_back(office: Office) -> None:
    with office.wiring.database.write() as connection:
        change_by_hand(connection, "here", {"hours_text": "8:00-20:00"}, "keeper:abcdefgh", office.now)
    shown = show(office.wiring, KEEPER, NOUN, "here")
    assert "revoke" in shown["acts"]
    assert (shown["events"][0]["by"], shown["events"][0]["detail"]) == (
        "keeper:abcdefgh",
        "opening hours: 9:00-17:00 → 8:00-20:00",
    )
    with office.wiring.database.read() as connection:
        number = load_registered(connection, "here", office.now).version
    assert refused(lambda: office.act(REVOKE, change=str(number + 7))) == ["no_change"]
    office.act(REVOKE, change=str(number))
    assert office.station() == HERE
    assert "revoke" not in show(office.wiring, KEEPER, NOUN, "here")["acts"]


def test_stations_are_the_officers_own_to_see_and_to_change(office: Office) -> None:
    assert {one.id for one in list_rows(office.wiring, KEEPER, NOUN)} == {"here", "new"}
    assert [one.id for one in list_rows(office.wiring, KEEPER, NOUN, state="unplaced")] == ["new"]
    assert [one.id for one in list_rows(office.wiring, KEEPER, NOUN, text="泉城", kind="library")] == ["new"]
    assert refused(lambda: office.act(HOURS, by=FAR, hours="24小时")) == ["elsewhere"]
    assert refused(lambda: office.act(HOURS, by=AUDITOR, hours="24小时")) != []
    assert refused(lambda: office.act(HOURS, key="nowhere", hours="24小时")) == ["unknown"]
    assert refused(lambda: show(office.wiring, FAR, NOUN, "here")) == ["elsewhere"]
    assert show(office.wiring, AUDITOR, NOUN, "here")["acts"] == ()


def test_a_station_under_a_new_id_keeps_the_old_one(office: Office) -> None:
    office.bring_in(*office.stations[1:], HERE.model_copy(update={"id": "renamed"}))
    assert office.act(LINK, key="renamed", old="here") == "here"
    assert office.station("renamed").id == "here"


def test_a_keepers_photo_waits_for_an_officer_who_shows_it_or_takes_it_away(office: Office) -> None:
    with office.wiring.database.write() as connection:
        first, second = (add_photo(connection, "here", b"jpeg", "keeper:abcdefgh", office.now) for _ in "ab")
    assert (count_waiting(office.wiring, KEEPER, NOUN), count_waiting(office.wiring, FAR, NOUN)) == (2, 0)
    assert [one.id for one in list_rows(office.wiring, KEEPER, NOUN, state="photos")] == ["here"]
    assert refused(lambda: office.act(SHOW_PHOTO, key="new", photo=str(first))) == ["unknown"]
    office.act(SHOW_PHOTO, photo=str(first))
    office.act(REMOVE_PHOTO, photo=str(second))
    assert count_waiting(office.wiring, KEEPER, NOUN) == 0
    assert list_shown_photos(office.wiring, "here") == [first]
    office.act(REMOVE_PHOTO, photo=str(first))
    assert list_shown_photos(office.wiring, "here") == []


def test_an_officers_own_photo_is_shown_at_once(office: Office) -> None:
    made = BytesIO()
    Image.new("RGB", (40, 20)).save(made, "JPEG")
    picture = TypedFile("a.jpg", b"sent", PicturedFile("image/jpeg", made.getvalue(), (made.getvalue(),)))
    office.act(PHOTO, picture=picture)
    assert len(list_shown_photos(office.wiring, "here")) == 1
    document = TypedFile("a.pdf", b"sent", PicturedFile("application/pdf", b"%PDF", ()))
    assert refused(lambda: office.act(PHOTO, picture=document)) == ["no_photo"]
