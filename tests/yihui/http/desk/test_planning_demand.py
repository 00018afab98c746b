"""A planner uploads a file of demand, sees how it is read, stores it, compares a scenario by it and deletes it."""

import io
import zipfile
from pathlib import Path

import geopandas as gpd
import httpx
import numpy as np
import pytest
from rasterio.transform import from_origin

from tests.yihui.http.desk.officers import DEMO, ORIGIN, Officers, acts_of, text_of
from tests.yihui.http.desk.test_planning import ABOVE, PLANNER, add, begin, wait_for_job
from tests.yihui.http.desk.test_planning_analyses import compute
from tests.yihui.http.two_districts import TwoDistricts
from tests.yihui.planning.demand.rasters import write_raster
from tests.yihui.planning.demand.test_demand_shapefiles import zipped
from yihui.http.desk.planning_demand import PAGE

POINTS = "经度,纬度,订单量\n117.03,36.67,40\n117.05,36.66,60\n"
FIELDS = {"area": "370102", "demand-datum": "wgs84"}


def upload(
    site: Officers,
    content: str | bytes = POINTS,
    who: str = PLANNER,
    name: str = "订单.csv",
    key: str | None = None,
    **fields: str,
) -> httpx.Response:
    headers = {"x-actor": who, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    body = content.encode() if isinstance(content, str) else content
    data = {**FIELDS, "form_key": key or site.form_key(PAGE, who), **fields}
    return site.client.post(PAGE, files={"file": (name, body, "text/csv")}, data=data, headers=headers)


def preview_of(site: Officers, *args: object, who: str = PLANNER, **fields: str) -> str:
    sent = upload(site, *args, who=who, **fields)  # type: ignore[arg-type]
    assert sent.status_code == 303, text_of(sent)
    return sent.headers["location"]


def store(site: Officers, name: str, who: str = PLANNER, content: str = POINTS, **fields: str) -> str:
    preview = preview_of(site, content, who=who, **fields)
    sent = site.send(preview, f"{preview}/confirm", who, name=name)
    assert sent.status_code == 303, text_of(sent)
    return sent.headers["location"].partition("?")[0]


def test_a_file_is_shown_as_it_is_read_before_it_is_stored(site: Officers, union: TwoDistricts) -> None:
    preview = preview_of(site)
    told = text_of(site.open(preview, PLANNER))
    assert "100 orders at 2 points" in told and "370102 历下区 100 orders" in told
    assert "nothing is stored yet" in told and "订单" not in text_of(site.open(PAGE, PLANNER))
    assert site.open(preview, ABOVE).status_code in (200, 404)
    sent = site.send(preview, f"{preview}/confirm", PLANNER, name="九月订单")
    page = sent.headers["location"].partition("?")[0]
    assert "the file is stored" in text_of(site.open(sent.headers["location"], PLANNER))
    assert "九月订单" in text_of(site.open(PAGE, PLANNER))
    assert site.open(preview, PLANNER).status_code == 404  # it is used up
    assert ("li.min", "planning.run.store") in acts_of(union.wiring, page.rpartition("/")[2])
    site.send(page, f"{page}/delete", PLANNER)


def test_faults_are_shown_by_row_in_the_forms_words_and_another_reading_mends_them(site: Officers) -> None:
    rows = POINTS + "120.38,36.06,5\n117.04,36.66,-3\n"
    preview = preview_of(site, rows, **{"demand-datum": ""})
    told = text_of(site.open(preview, PLANNER))
    assert "in which datum" in told and "“datum of longitude and latitude” wgs84" in told and "--" not in told
    again = site.send(preview, f"{preview}/options", PLANNER, **{"demand-datum": "wgs84"})
    assert again.status_code == 303
    told = text_of(site.open(preview, PLANNER))
    assert "“leave out: rows outside of the area”" in told
    assert "4 the point 120.38000, 36.06000" in told and "5 the demand -3 is negative" in told
    refused = site.send(
        preview, f"{preview}/confirm", PLANNER, key=site.form_key(preview, PLANNER), name="有错的"
    )
    assert refused.status_code == 422 and "negative" in text_of(refused)
    assert "有错的" not in text_of(site.open(PAGE, PLANNER))

    mended = preview_of(site, rows.replace("-3", "3"), **{"leave-out": "outside"})
    assert "103 orders at 3 points" in text_of(site.open(mended, PLANNER))
    assert "left out, outside the area: 1 rows, 5" in text_of(site.open(mended, PLANNER))


def test_totals_by_district_polygons_and_unnamed_columns_are_read(site: Officers) -> None:
    totals = preview_of(site, "区县,常住人口\n历下区,1000\n", **{"demand-datum": ""})
    assert "1,000 people" in text_of(site.open(totals, PLANNER))
    square = (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"人口":50},"geometry":'
        '{"type":"Polygon","coordinates":[[[117.03,36.66],[117.04,36.66],[117.04,36.67],[117.03,36.66]]]}}]}'
    )
    options = {"demand-datum": "", "polygons": "centre"}
    polygons = preview_of(site, square, name="面.geojson", **options)
    assert "50 people at 1 points" in text_of(site.open(polygons, PLANNER))
    options = {"no-header": "yes", "lon": "1", "lat": "2", "demand-each": "yes"}
    unnamed = preview_of(site, "117.03,36.67\n117.05,36.66\n", **options)
    assert "2 rows at 2 points" in text_of(site.open(unnamed, PLANNER))


def test_a_raster_is_read_checked_and_stored_with_its_words(site: Officers, tmp_path: Path) -> None:
    cells = np.full((75, 75), 500.0)  # of 0.004 degrees around the district, which has 819,139 residents
    content = write_raster(
        tmp_path / "people.tif", cells, from_origin(116.9, 36.8, 0.004, 0.004)
    ).read_bytes()
    preview = preview_of(site, content, name="人口.tif", **{"demand-datum": ""})
    told = text_of(site.open(preview, PLANNER))
    assert "nothing says whether" in told and "“geotiff: people per km²”" in told and "--" not in told
    wrong = {"raster-values": "density", "raster-resolution": "9"}
    site.send(preview, f"{preview}/options", PLANNER, **wrong)
    assert "where the census counts" in text_of(site.open(preview, PLANNER))
    for field, value in (
        ("raster-values", "people"),
        ("raster-resolution", "4"),
        ("raster-resolution", "nine"),
    ):
        refused = site.send(preview, f"{preview}/options", PLANNER, **{**wrong, field: value})
        assert refused.status_code in (400, 422), value
    site.send(preview, f"{preview}/options", PLANNER, **{"raster-values": "counts", "raster-resolution": "8"})
    told = text_of(site.open(preview, PLANNER))
    assert "resolution 8" in told and "corrected to the census county by county" in told
    plain = {"raster-values": "counts", "no-raster-correction": "yes"}
    site.send(preview, f"{preview}/options", PLANNER, **plain)
    assert "not corrected to the census" in text_of(site.open(preview, PLANNER))
    sent = site.send(preview, f"{preview}/confirm", PLANNER, name="人口栅格")
    page = sent.headers["location"].partition("?")[0]
    told = text_of(site.open(page, PLANNER))
    assert "not corrected to the census" in told and "resolution 9" in told
    demand = f"uploaded:{page.rpartition('/')[2]}"
    analysis = compute(site, "coverage", area="370102", demand=demand)
    assert "人口栅格" in text_of(site.open(analysis, PLANNER))
    site.send(page, f"{page}/delete", PLANNER)


def test_a_zipped_shapefile_is_read(site: Officers, tmp_path: Path) -> None:
    points = gpd.GeoDataFrame(
        {"人口": [40, 60]}, geometry=gpd.points_from_xy([117.03, 117.05], [36.67, 36.66]), crs=4490
    )
    content = zipped(tmp_path, points)
    preview = preview_of(site, content, name="点.zip", **{"demand-datum": ""})
    assert "100 people at 2 points" in text_of(site.open(preview, PLANNER))


def bomb() -> bytes:
    """A workbook whose sheet unpacks to 300 MB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(300):
                sheet.write(b" " * (1 << 20))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.xlsx", bomb()),
        ("cut.gpkg", b"SQLite format 3\x00" + b"\xff" * 500),
        ("cut.parquet", b"PAR1" + b"\xff" * 500 + b"PAR1"),
        ("script.pdf", b"%PDF-1.7\n/JS (app.alert(1))"),
        ("layer.zip", b"PK\x03\x04" + b"\0" * 100),
        ("deep.geojson", b'{"type":' + b"[" * 200_000),
        ("nan.csv", "经度,纬度,订单量\nNaN,inf,1e400\n".encode()),
        ("binary.csv", bytes(range(256)) * 40),
        ("empty.xlsx", b"PK\x05\x06" + b"\0" * 18),
        ("phones.csv", "经度,纬度,订单量,手机号\n117.03,36.67,4,13912345678\n".encode()),
        ("<script>alert(1)</script>.csv", "经度,纬度\n<b>,1\n".encode()),
    ],
)
def test_the_worst_files_are_refused_in_words(site: Officers, name: str, content: bytes) -> None:
    preview = preview_of(site, content, name=name)
    page = site.open(preview, PLANNER)
    assert page.status_code == 200 and "faults: " in text_of(page) and "<script>alert" not in page.text
    refused = site.send(preview, f"{preview}/confirm", PLANNER, name="坏文件")
    assert refused.status_code in (404, 413, 422), text_of(refused)
    assert "坏文件" not in text_of(site.open(PAGE, PLANNER))


def test_a_file_over_the_limit_is_refused_before_it_is_read(site: Officers) -> None:
    assert upload(site, b"x" * (17 << 20)).status_code == 413


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"area": "370202"}, "not yours to plan"),
        ({"area": "../../etc"}, "not yours to plan"),
        ({"demand-datum": "mars"}, "“datum of longitude and latitude” can't be mars"),
        ({"spacing-m": "1e9"}, "can't be 1e9"),
        ({"leave-out": "everything"}, "can't be everything"),
    ],
)
def test_wrong_options_are_refused_in_words(site: Officers, fields: dict[str, str], told: str) -> None:
    refused = upload(site, **fields)  # type: ignore[arg-type]
    assert refused.status_code in (400, 422) and told in text_of(refused)


def test_a_name_is_needed_once(site: Officers) -> None:
    page = store(site, "同名")
    preview = preview_of(site)
    for name, told in (("同名", "already"), (" ", "name is empty"), ("电话13912345678", "phone number")):
        refused = site.send(preview, f"{preview}/confirm", PLANNER, name=name)
        assert refused.status_code in (409, 422) and told in text_of(refused)
    site.send(page, f"{page}/delete", PLANNER)


def test_a_file_is_for_planners_of_its_area_and_deleted_by_its_owner_alone(site: Officers) -> None:
    page = store(site, "本区订单")
    assert site.open(page, ABOVE).status_code == 200
    assert site.open(PAGE, "register_keeper/inside").status_code == 403
    far = store(site, "青岛订单", DEMO, area="370202", content="经度,纬度,订单量\n120.38,36.06,7\n")
    assert site.open(far, PLANNER).status_code == 404
    assert "青岛订单" not in text_of(site.open(PAGE, PLANNER))
    for who, file, status in ((DEMO, page, 403), (PLANNER, far, 404)):
        key = site.form_key(PAGE, who)
        refused = site.post(f"{file}/delete", who, form_key=key, checked="yes")
        assert refused.status_code == status, (file, text_of(refused))
    assert site.send(far, f"{far}/delete", DEMO).status_code == 303
    unticked = site.send(page, f"{page}/delete", PLANNER, checked="")
    assert unticked.status_code == 422
    assert site.send(page, f"{page}/delete", PLANNER).status_code == 303
    assert site.open(page, PLANNER).status_code == 404


def test_a_scenario_is_compared_by_a_file_which_may_be_deleted_afterwards(site: Officers) -> None:
    page = store(site, "外卖订单", DEMO)
    code = f"uploaded:{page.rpartition('/')[2]}"
    scenario = begin(site, DEMO, name="按订单")
    add(site, scenario, DEMO, lon="117.05", lat="36.66")
    assert "外卖订单" in text_of(site.open(scenario, DEMO))
    assert "外卖订单" in text_of(site.open(f"{scenario}/sites", DEMO))
    asked = {"hour": "9", "radius": "500", "demand": code}
    sent = site.send(scenario, f"{scenario}/comparison", DEMO, **asked)
    assert sent.status_code == 303, text_of(sent)
    assert "is done" in wait_for_job(site, sent.headers["location"])
    told = text_of(site.open(scenario, DEMO))
    assert "外卖订单" in told and "newly within reach of an open place: 60 orders" in told

    proposed = site.send(f"{scenario}/sites", f"{scenario}/sites", DEMO, sites="1", **asked)
    assert "is done" in wait_for_job(site, proposed.headers["location"])
    assert "of 100 orders" in text_of(site.open(f"{scenario}/sites", DEMO))

    site.send(page, f"{page}/delete", DEMO)
    assert "60 orders" in text_of(site.open(scenario, DEMO))
    refused = site.send(scenario, f"{scenario}/comparison", DEMO, **asked)
    assert refused.status_code == 422 and "is no demand" in text_of(refused)


def test_a_file_of_another_place_is_no_demand_of_a_scenario(site: Officers) -> None:
    far = store(site, "青岛订单", DEMO, area="370202", content="经度,纬度,订单量\n120.38,36.06,7\n")
    scenario = begin(site, PLANNER)
    assert "青岛订单" not in text_of(site.open(scenario, PLANNER))
    code = f"uploaded:{far.rpartition('/')[2]}"
    asked = {"hour": "9", "radius": "500", "demand": code}
    assert site.send(scenario, f"{scenario}/comparison", PLANNER, **asked).status_code == 422
    site.send(far, f"{far}/delete", DEMO)


def test_one_click_sent_twice_stores_one_file(site: Officers) -> None:
    preview = preview_of(site)
    key = site.form_key(preview, PLANNER)
    first = site.send(preview, f"{preview}/confirm", PLANNER, key=key, name="双击")
    second = site.send(preview, f"{preview}/confirm", PLANNER, key=key, name="双击")
    assert first.headers["location"] == second.headers["location"]
    page = first.headers["location"].partition("?")[0]
    site.send(page, f"{page}/delete", PLANNER)
