"""Files of demand of a small region, and what is wrong with them."""

from collections.abc import Callable, Sequence
from typing import Any

import geopandas as gpd
import shapely

from core.faults import Fault
from geo.datum import Datum
from geo.districts import Districts
from tests.yihui import refusals
from yihui.planning.demand.districts import DemandRegion
from yihui.planning.demand.file import DemandFileReading

# Two counties side by side, and a neighbour that is of another province.
OUTLINES = gpd.GeoDataFrame(
    {
        "code": ["370102", "370103", "320302"],
        "name": ["历下区", "市中区", "鼓楼区"],
        "city": ["济南市", "济南市", "徐州市"],
        "province": ["山东省", "山东省", "江苏省"],
    },
    geometry=[
        shapely.box(117.0, 36.6, 117.1, 36.7),
        shapely.box(116.9, 36.6, 117.0, 36.7),
        shapely.box(117.0, 36.5, 117.1, 36.6),
    ],
    crs="EPSG:4326",
)
REGION = DemandRegion(OUTLINES.iloc[:2], lambda: Districts.from_frame(OUTLINES), "370100")
HERE, THERE = (117.02, 36.66), (116.95, 36.65)

Read = Callable[..., DemandFileReading]


def faults_of(read: Read, content: str | bytes, name: str = "demand.csv", **said: object) -> Sequence[Fault]:
    faults = refusals.faults_of(read, content, name, **said)
    assert all(fault.message and fault.remedy and fault.file == name for fault in faults)
    return faults


WGS84: dict[str, Any] = {"demand_datum": Datum.WGS84}
GOOD = f"名称,经度,纬度,人口\n甲,{HERE[0]},{HERE[1]},120\n乙,{THERE[0]},{THERE[1]},30.5\n丙,{HERE[0]},{HERE[1]},7\n"
