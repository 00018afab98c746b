"""Styles as QGIS and other GIS read them, and the layers that carry them."""

import io
import json
import sqlite3
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from geo.formats.export_layers import (
    LayerShape,
    LayerStyle,
    StyleClass,
    StyledLayer,
    render_qml,
    render_sld,
    render_styled_geopackage,
    render_styled_geoparquet,
)

pytestmark = pytest.mark.endure
SLD, SE, OGC = "http://www.opengis.net/sld", "http://www.opengis.net/se", "http://www.opengis.net/ogc"
HOSTILE = "<img src=x onerror=alert(1)>“&"
KINDS = LayerStyle(
    "种类",
    LayerShape.POINT,
    (StyleClass("驿站", "#005f94", "outdoor_station"), StyleClass(HOSTILE, "#a3336f", HOSTILE)),
    "kind",
    StyleClass("其他", "#3d4852"),
    {"kind": "种类", "day": "日期", "nowhere": "没有这一列"},
    caption="kind",
)
SHARES = LayerStyle(
    "覆盖率",
    LayerShape.AREA,
    (
        StyleClass("0–50 %", "#ffffcc", limits=(0, 0.5)),
        StyleClass("50–100 %", "#253494", limits=(0.5, 1)),
    ),
    "share",
    StyleClass("无数据", "#d9d9d9"),
    {"share": "覆盖率"},
)
GAPS = LayerStyle("空白", LayerShape.AREA, (StyleClass("空白", "#a84300"),))
ABOUT = {"来源": "示例", "日期": "2026-11-20"}


@pytest.fixture
def layers() -> list[StyledLayer]:
    points = gpd.GeoDataFrame(
        {"kind": ["outdoor_station", HOSTILE], "day": [date(2026, 10, 1), None]},
        geometry=[shapely.Point(117.02, 36.67), None],
        crs="EPSG:4326",
    )
    areas = gpd.GeoDataFrame(
        {"share": [0.25, None]},
        geometry=[shapely.box(117, 36, 118, 37), shapely.box(118, 36, 119, 37)],
        crs="EPSG:4326",
    )
    return [StyledLayer("stations", "站点", points, KINDS), StyledLayer("coverage", "覆盖", areas, SHARES)]


@pytest.fixture
def file(layers: list[StyledLayer], tmp_path: Path) -> Path:
    """A GeoPackage of the layers."""
    place = tmp_path / "plan.gpkg"
    place.write_bytes(render_styled_geopackage(layers, ABOUT))
    return place


def drawn_by_qgis(text: str) -> ET.Element:
    assert text.startswith("<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis ")
    renderer = ET.fromstring(text).find("renderer-v2")
    assert renderer is not None
    return renderer


def test_every_category_of_a_qml_points_to_a_symbol_of_its_colour() -> None:
    renderer = drawn_by_qgis(render_qml(KINDS, ["kind"]))
    assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "kind")
    categories = [(c.get("value"), c.get("label"), c.get("symbol")) for c in renderer.iter("category")]
    assert categories == [
        ("outdoor_station", "驿站", "0"),
        (HOSTILE, HOSTILE, "1"),
        ("", "其他", "2"),  # an empty value is QGIS's “all other values”
    ]
    symbols = {s.get("name"): s for s in renderer.iter("symbol")}
    assert {s.get("type") for s in symbols.values()} == {"marker"}
    colours = {
        name: option.get("value")
        for name, symbol in symbols.items()
        for option in symbol.iter("Option")
        if option.get("name") == "color"
    }
    assert colours == {"0": "0,95,148,255", "1": "163,51,111,255", "2": "61,72,82,255"}


def test_the_ranges_of_a_qml_are_the_classes_of_the_legend() -> None:
    renderer = drawn_by_qgis(render_qml(SHARES, ["share"]))
    assert (renderer.get("type"), renderer.get("attr")) == ("graduatedSymbol", "share")
    ranges = [
        (float(r.get("lower", "")), float(r.get("upper", "")), r.get("label")) for r in renderer.iter("range")
    ]
    assert ranges == [(0, 0.5, "0–50 %"), (0.5, 1, "50–100 %")]
    assert [s.get("type") for s in renderer.iter("symbol")] == ["fill", "fill"]


def test_aliases_follow_the_order_of_the_columns_that_exist() -> None:
    aliases = ET.fromstring(render_qml(KINDS, ["fid", "kind", "day"])).iter("alias")
    assert [(a.get("index"), a.get("field"), a.get("name")) for a in aliases] == [
        ("1", "kind", "种类"),
        ("2", "day", "日期"),
    ]


def test_a_caption_is_written_beside_the_features() -> None:
    root = ET.fromstring(render_qml(KINDS, ["kind"]))
    text = root.find("labeling/settings/text-style")
    assert root.get("labelsEnabled") == "1"
    assert text is not None
    assert text.get("fieldName") == "kind"
    assert ET.fromstring(render_qml(GAPS, [])).find("labeling") is None


@pytest.mark.parametrize("style", [KINDS, SHARES, GAPS])
def test_an_sld_is_one_user_style_of_the_named_layer_with_a_rule_for_each_colour(style: LayerStyle) -> None:
    root = ET.fromstring(render_sld(style, "stations").encode())
    assert (root.tag, root.get("version")) == (f"{{{SLD}}}StyledLayerDescriptor", "1.1.0")
    named = root.find(f"{{{SLD}}}NamedLayer/{{{SE}}}Name")
    assert named is not None
    assert named.text == "stations"
    fills = [p.text for p in root.iter(f"{{{SE}}}SvgParameter") if p.get("name") == "fill"]
    assert fills == [one.colour for one in style.all_classes]


def test_the_rules_of_an_sld_take_each_value_once() -> None:
    """Evaluated as an SLD reader would: exactly one rule holds for any share, and for none the last."""
    rules = list(ET.fromstring(render_sld(SHARES, "x").encode()).iter(f"{{{SE}}}Rule"))

    def holds(rule: ET.Element, share: float) -> bool:
        least = rule.findtext(f".//{{{OGC}}}PropertyIsGreaterThanOrEqualTo/{{{OGC}}}Literal")
        below = rule.findtext(f".//{{{OGC}}}PropertyIsLessThan/{{{OGC}}}Literal")
        most = rule.findtext(f".//{{{OGC}}}PropertyIsLessThanOrEqualTo/{{{OGC}}}Literal")
        if least is None:
            return False
        return float(least) <= share and (share < float(below) if below else share <= float(most or "nan"))

    assert [[holds(rule, share) for rule in rules] for share in (0, 0.49, 0.5, 1)] == [
        [True, False, False],
        [True, False, False],
        [False, True, False],
        [False, True, False],
    ]
    assert rules[-1].find(f"{{{SE}}}ElseFilter") is not None


def test_a_geopackage_holds_its_layers_in_order_with_a_default_style_for_each(
    layers: list[StyledLayer], file: Path
) -> None:
    assert [name for name, _ in pyogrio.list_layers(file)] == ["stations", "coverage", "layer_styles"]
    styles = pyogrio.read_dataframe(file, layer="layer_styles")
    assert styles["f_table_name"].tolist() == ["stations", "coverage"]
    assert styles["useAsDefault"].all()
    for layer, row in zip(layers, styles.itertuples(), strict=True):
        info = pyogrio.read_info(file, layer=layer.name)
        assert row.f_geometry_column == info["geometry_name"]
        assert info["crs"] == "EPSG:4326"
        assert row.styleQML == render_qml(layer.style, [info["fid_column"], *info["fields"].tolist()])
        assert row.styleSLD == render_sld(layer.style, layer.name)
        assert {**info["layer_metadata"]}.items() >= ABOUT.items()
    assert pyogrio.read_info(file, layer="stations")["dataset_metadata"] == ABOUT


def test_what_is_written_into_a_geopackage_is_read_back(file: Path) -> None:
    points = gpd.read_file(file, layer="stations")
    assert points["kind"].tolist() == ["outdoor_station", HOSTILE]
    assert str(points["day"][0])[:10] == "2026-10-01"
    assert points.geometry[0].equals(shapely.Point(117.02, 36.67))
    assert points.geometry[1] is None
    areas = gpd.read_file(file, layer="coverage")
    assert areas.geom_type.tolist() == ["MultiPolygon", "MultiPolygon"]
    assert areas["share"].isna().tolist() == [False, True]


def test_a_geopackage_is_whole_and_says_what_its_columns_are_called(file: Path) -> None:
    with sqlite3.connect(file) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert opened.execute("PRAGMA foreign_key_check").fetchall() == []
        aliases = opened.execute("SELECT table_name, column_name, name FROM gpkg_data_columns").fetchall()
        assert aliases == [
            ("stations", "kind", "种类"),
            ("stations", "day", "日期"),
            ("coverage", "share", "覆盖率"),
        ]
        kinds = dict(opened.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall())
        assert kinds == {"stations": "features", "coverage": "features", "layer_styles": "attributes"}
    opened.close()


def test_a_geoparquet_says_its_version_its_crs_and_where_it_is_from(layers: list[StyledLayer]) -> None:
    files = render_styled_geoparquet(layers, ABOUT)
    assert sorted(files) == [
        *("coverage.parquet", "coverage.qml", "coverage.sld"),
        *("stations.parquet", "stations.qml", "stations.sld"),
    ]
    metadata = pq.read_schema(io.BytesIO(files["coverage.parquet"])).metadata
    geo = json.loads(metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"][geo["primary_column"]]["crs"]["id"] == {"authority": "EPSG", "code": 4326}
    assert json.loads(metadata[b"yihui"]) == {"title": "覆盖", **ABOUT, "aliases": {"share": "覆盖率"}}
    back = gpd.read_parquet(io.BytesIO(files["coverage.parquet"]))
    assert back.geometry.geom_equals(layers[1].frame.geometry).all()


def test_a_layer_in_another_crs_is_refused(layers: list[StyledLayer]) -> None:
    elsewhere = layers[1].frame.to_crs("EPSG:3857")
    with pytest.raises(ValueError, match="give it in WGS84"):
        StyledLayer("x", "x", elsewhere, GAPS)
