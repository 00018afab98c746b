"""A small town in which everybody of these tests goes about."""

from datetime import date
from typing import Any

from geo.station import Access, Entry, Kind, Station
from tests.geo.nearest.brute_force import GEOD

SQUARE = (117.0204, 36.6683)  # where the rider stands

_PUBLIC: dict[str, Any] = {"access": Access.PUBLIC, "entry": Entry.WALK_IN}
_AREA: dict[str, Any] = {
    "district": "370102",
    "district_name": "历下区",
    "verified_on": date(2026, 10, 8),
    "source": "示例：为测试编造",
    "sample": True,
}


def _at(metres: float, azimuth: float) -> dict[str, Any]:
    lon, lat, _ = GEOD.fwd(*SQUARE, azimuth, metres)
    return {"lon": lon, "lat": lat}


NEAR = Station(
    id="near", name="泉城路劳动者驿站", kind=Kind.OUTDOOR_STATION, hours_text="08:00-22:00", address="泉城路 180 号",
    facilities=frozenset({"water", "charging", "microwave"}), **_at(200, 80), **_PUBLIC, **_AREA,
)  # fmt: skip
ALWAYS = Station(
    id="always", name="大明湖 24 小时驿站", kind=Kind.OUTDOOR_STATION, hours_text="24小时", address="大明湖路 271 号",
    facilities=frozenset({"water", "charging", "microwave", "ebike_charging", "toilet", "aircon"}), phone="0531-12351",
    **_at(900, 350), **_PUBLIC, **_AREA,
)  # fmt: skip
ROOM = Station(
    id="room", name="泉城妈妈小屋", kind=Kind.MOTHER_ROOM, hours_text="24小时", address="黑虎泉路 18 号",
    facilities=frozenset({"sink", "changing_table", "water"}), **_at(420, 130), **_PUBLIC, **_AREA,
)  # fmt: skip
STAFF_ROOM = Station(
    id="staff", name="华联大厦妈妈小屋", kind=Kind.MOTHER_ROOM, hours_text="24小时", access=Access.EMPLOYER,
    employer="华联公司", entry=Entry.ID_CARD, **_at(110, 200), **_AREA,
)  # fmt: skip
# Named as the square is, so that who types the square's name finds where he stands.
CENTRE = Station(
    id="centre", name="泉城广场工会服务站", kind=Kind.SERVICE_CENTRE, hours_text="周一至周五9:00-17:00", address="泉城广场 1 号",
    facilities=frozenset({"water", "toilet"}), **_at(0, 0), **_PUBLIC, **_AREA,
)  # fmt: skip
OTHERS = [
    Station(
        id=f"other{n}", name=name, kind=Kind.OUTDOOR_STATION, hours_text="07:00-21:00", address=f"{name[:3]}附近",
        facilities=frozenset({"water"}), **_at(1_500 + 700 * n, 40 + 50 * n), **_PUBLIC, **_AREA,
    )
    for n, name in enumerate(["洪家楼驿站", "燕山立交驿站", "千佛山驿站", "英雄山驿站", "大观园驿站", "北园驿站"])
]  # fmt: skip
STATIONS = [NEAR, ALWAYS, ROOM, STAFF_ROOM, CENTRE, *OTHERS]
