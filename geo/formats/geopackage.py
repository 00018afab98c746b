"""Read one layer of points from a GeoPackage, in the CRS that it names."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pyogrio

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.formats.arrow import ROWS_LIMIT, table_from_arrow
from geo.formats.layers import choose_layer
from geo.formats.table import Table, content_sha256

_FAULTS = FaultTable(
    "geopackage",
    {
        "unreadable": (
            N_("the GeoPackage can't be read: {value}"),
            N_("open it in the program it came from and save it again"),
        ),
        "no_layers": (N_("the GeoPackage holds no layer"), N_("export the layer with the stations again")),
    },
)


def read_geopackage(content: bytes, file: str, layer: str | None = None) -> Table:
    """Read the layer named ``layer``, else the only one; rows are counted from 1.

    *Raises*: FaultError if the file is damaged, or in a CRS that can't be converted to WGS84.
    """
    with _gdal_faults(file):
        names = [str(name) for name, _ in pyogrio.list_layers(content)]
        counts = {name: _features(content, name) for name in names}
    if not counts:
        raise FaultError(_FAULTS.build("no_layers", file=file, value="0"))
    chosen = choose_layer(counts, layer, file)
    with _gdal_faults(file):
        about, table = pyogrio.raw.read_arrow(content, layer=chosen, max_features=ROWS_LIMIT + 1)
    geometry = about["geometry_name"] or ("geom" if "geom" in table.column_names else None)
    has_geometry = about["geometry_type"] is not None and geometry in table.column_names
    return table_from_arrow(
        table, geometry if has_geometry else None, about["crs"], file, content_sha256(content)
    )


def _features(content: bytes, layer: str) -> int:
    return int(pyogrio.read_info(content, layer=layer, force_feature_count=True)["features"])


@contextmanager
def _gdal_faults(file: str) -> Iterator[None]:
    """Raise GDAL's errors as FaultError, and ignore its warning that a file in memory has no suffix."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            yield
        except (RuntimeError, ValueError, OSError) as error:  # pyogrio's own errors are RuntimeErrors
            raise FaultError(_FAULTS.build("unreadable", file=file, value=str(error)[:200])) from error
