"""Render styled layers as one GeoPackage, or as GeoParquet files, each with a QML and an SLD file."""

import io
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pyogrio
from jinja2 import Environment, StrictUndefined, Template

if TYPE_CHECKING:
    import geopandas as gpd


class LayerShape(StrEnum):
    """The geometry that a style draws."""

    POINT = "point"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class StyleClass:
    """The features of one colour (#rrggbb): those whose column equals ``value`` or lies within ``limits``.

    The upper limit is excluded, but in the last class of a style.
    """

    label: str
    colour: str
    value: str = ""
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class LayerStyle:
    """How a layer is drawn: by the classes of the column ``by``, or all in the colour of the only class if there is none.

    ``rest`` are the features of no class, ``aliases`` the column names shown to people, and ``caption`` is the column
    whose values label the features, empty for none. *Units*: ``size_mm`` of points, ``opacity`` of areas 0..1.
    """

    name: str
    shape: LayerShape
    classes: tuple[StyleClass, ...]
    by: str = ""
    rest: StyleClass | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    caption: str = ""
    size_mm: float = 2.2
    opacity: float = 0.75

    @property
    def is_of_points(self) -> bool:
        """Whether it draws points."""
        return self.shape is LayerShape.POINT

    @property
    def all_classes(self) -> tuple[StyleClass, ...]:
        """The classes, and at the end the rest."""
        return self.classes if self.rest is None else (*self.classes, self.rest)


def render_qml(style: LayerStyle, columns: Sequence[str]) -> str:
    """Render the style as QML of QGIS 3.26 and later, with the aliases of the columns that have one.

    Where the classes have limits, a feature without a value is not drawn. *Source*: the elements that QGIS's
    `QgsRenderer::save` writes (renderer-v2, symbols, fieldConfiguration).
    """
    renderer, drawn = "singleSymbol", style.classes
    if style.by:
        has_limits = style.classes[0].limits is not None
        renderer = "graduatedSymbol" if has_limits else "categorizedSymbol"
        drawn = style.classes if has_limits else style.all_classes
    return _load_template("layer_style.qml").render(
        style=style, columns=list(columns), renderer=renderer, drawn=drawn
    )


def render_sld(style: LayerStyle, layer: str) -> str:
    """Render the style as SLD 1.1.0 with Symbology Encoding 1.1.0 for the layer with the name ``layer``.

    *Source*: OGC 05-078r4 and 05-077r4.
    """
    return _load_template("layer_style.sld").render(style=style, layer=layer)


@cache
def _load_template(name: str) -> Template:
    """Return a template of this folder; what is filled in is escaped for XML."""
    around = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    around.filters["rgba"] = _rgba
    return around.from_string(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},255"


_CRS = "EPSG:4326"
_GEOMETRY = "geometry"
_COLUMN = "geom"  # geometry column of a GeoPackage, as GDAL and QGIS name it
_KEY = b"yihui"  # key of our own metadata in a Parquet file
_GEOMETRY_TYPES = {LayerShape.POINT: "Point", LayerShape.AREA: "MultiPolygon"}

# The table that QGIS creates when it saves a style into a GeoPackage.
_STYLES_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
    styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30),
    ui TEXT(30), update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
"""
# GeoPackage 1.3, F.9: the titles of columns.
_COLUMNS_TABLE = """
CREATE TABLE IF NOT EXISTS gpkg_data_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
    constraint_name TEXT,
    CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name)
)
"""
_EXTENSIONS_TABLE = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
    table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
)
"""
_SCHEMA_EXTENSION = ("gpkg_data_columns", "gpkg_schema", "http://www.geopackage.org/spec/#extension_schema")


@dataclass(frozen=True, slots=True)
class StyledLayer:
    """One layer of an export: ``name`` is its table or file name; ``title`` is shown to people.

    *CRS*: ``frame`` is in WGS84. *Raises*: ValueError for a frame in another CRS.
    """

    name: str
    title: str
    frame: "gpd.GeoDataFrame"
    style: LayerStyle

    def __post_init__(self) -> None:
        crs = self.frame.crs
        if crs is None or not crs.equals(_CRS, ignore_axis_order=True):
            raise ValueError(f"layer {self.name} is in {crs}; give it in WGS84 ({_CRS})")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns except the geometry."""
        return tuple(str(name) for name in self.frame.columns if name != self.frame.geometry.name)

    @property
    def export_frame(self) -> "gpd.GeoDataFrame":
        """The frame with its geometry column named as in the exported file."""
        is_so = self.frame.geometry.name == _GEOMETRY
        return self.frame if is_so else self.frame.rename_geometry(_GEOMETRY)


def render_styled_geopackage(layers: Sequence[StyledLayer], about: Mapping[str, str]) -> bytes:
    """Render one GeoPackage with the layers in order and a table ``layer_styles``, which QGIS reads.

    ``about`` (source, date, notes) is stored in the metadata of the file and of each layer. *CRS*: WGS84.
    """
    described = "\n".join(f"{name}: {text}" for name, text in about.items())
    with TemporaryDirectory() as folder:  # GDAL can't append to a file in memory
        file = Path(folder) / "layers.gpkg"
        for number, layer in enumerate(layers):
            pyogrio.write_dataframe(
                layer.export_frame,
                file,
                driver="GPKG",
                layer=layer.name,
                append=number > 0,
                geometry_type=_GEOMETRY_TYPES[layer.style.shape],
                promote_to_multi=layer.style.shape is LayerShape.AREA,
                dataset_metadata=None if number else dict(about),
                layer_metadata={"title": layer.title, **about},
                use_arrow=True,  # dates stay dates
                layer_options={
                    "GEOMETRY_NAME": _COLUMN,
                    "IDENTIFIER": layer.title,
                    "DESCRIPTION": described,
                },
            )
        return _with_styles(file.read_bytes(), layers)


def _with_styles(content: bytes, layers: Sequence[StyledLayer]) -> bytes:
    file = sqlite3.connect(":memory:", isolation_level=None)
    try:
        file.deserialize(content)
        for statement in (_STYLES_TABLE, _COLUMNS_TABLE, _EXTENSIONS_TABLE):
            file.execute(statement)
        file.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', 0)"
        )
        file.execute("INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, 'read-write')", _SCHEMA_EXTENSION)
        file.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
            "styleName, styleQML, styleSLD, useAsDefault, description, owner) "
            "VALUES ('', '', ?, ?, ?, ?, ?, 1, ?, '')",
            [_style_row(layer) for layer in layers],
        )
        file.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)",
            [
                (layer.name, column, alias, alias)
                for layer in layers
                for column in layer.columns
                for alias in [layer.style.aliases.get(column)]
                if alias is not None
            ],
        )
        return file.serialize()
    finally:
        file.close()


def _style_row(layer: StyledLayer) -> tuple[str, ...]:
    """Return the values for ``layer_styles``; QGIS counts fields from ``fid``, which GeoPackage adds."""
    style, qml = layer.style, render_qml(layer.style, ("fid", *layer.columns))
    return layer.name, _COLUMN, style.name, qml, render_sld(style, layer.name), layer.title


def render_styled_geoparquet(layers: Sequence[StyledLayer], about: Mapping[str, str]) -> dict[str, bytes]:
    """Render, by file name, a GeoParquet 1.1, a QML and an SLD file for each layer.

    QGIS finds the QML file by its name. ``about`` and the column aliases are stored as JSON under
    ``yihui`` in the metadata of the GeoParquet file. *CRS*: WGS84.
    """
    files: dict[str, bytes] = {}
    for layer in layers:
        files[f"{layer.name}.parquet"] = _parquet(layer, about)
        files[f"{layer.name}.qml"] = render_qml(layer.style, layer.columns).encode()
        files[f"{layer.name}.sld"] = render_sld(layer.style, layer.name).encode()
    return files


def _parquet(layer: StyledLayer, about: Mapping[str, str]) -> bytes:
    plain, told = io.BytesIO(), io.BytesIO()
    layer.export_frame.to_parquet(plain, index=False, schema_version="1.1.0", write_covering_bbox=False)
    table = pq.read_table(plain)
    ours = json.dumps(
        {"title": layer.title, **about, "aliases": dict(layer.style.aliases)}, ensure_ascii=False
    )
    metadata = {**(table.schema.metadata or {}), _KEY: ours.encode()}
    pq.write_table(table.replace_schema_metadata(metadata), told, compression="zstd")
    return told.getvalue()
