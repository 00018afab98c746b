"""Open a GeoTIFF of people and check that its cells can be read by windows, or report all of its faults at once."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.formats.features import transform_to_lonlat
from yihui.planning.demand.columns import find_geometry_crs
from yihui.planning.demand.request import DemandReadingForm, RasterValues

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

MAX_BLOCK_BYTES = 256_000_000
CACHE_BYTES = 160_000_000  # of GDAL; holds the blocks of a stripe in `raster_windows`
_RASTER_ENDINGS = (".tif", ".tiff")
_NUMBER_TYPES = re.compile(r"u?int(8|16|32|64)|float(16|32|64)")
_SAVE_AGAIN = N_("save it again as GeoTIFF (QGIS: Export, Save As)")
_SAY_VALUES = N_(
    "say {option_raster_values__counts} if each cell holds its people (people per pixel), or {option_raster_values__density} if it holds people per km²; the page from which the raster came says which"
)
RASTER_FILE_FAULTS = FaultTable(
    "demand",
    {
        "raster_unreadable": (N_("the raster can't be read: {value}"), _SAVE_AGAIN),
        "raster_bands": (
            N_("the raster has {value} bands; demand is read from a raster with one"),
            N_("export the band that holds the people as a GeoTIFF of its own, such as with gdal_translate -b 1"),
        ),
        "raster_colours": (
            N_("the cells of the raster hold colours or complex numbers ({value}), not amounts"),
            N_("export the data of the layer, not its picture (QGIS: Export, Save As, raw data)"),
        ),
        "raster_no_crs": (
            N_("the raster doesn't say in which coordinate reference system it is"),
            N_("name it with {option_crs} of {command_plan_demand}, such as {option_crs} EPSG:4326, or write it into the file with gdal_edit.py -a_srs"),
        ),
        "raster_nowhere": (
            N_("the raster doesn't say where its cells lie"),
            N_("export it with its position (a GeoTIFF has a geotransform), or keep its .tfw file beside it"),
        ),
        "raster_rotated": (
            N_("the rows of the raster don't run along the axes of its coordinate reference system"),
            N_("warp it first, such as with gdalwarp or in QGIS (Warp)"),
        ),
        "raster_blocks": (
            N_("one block of the raster takes {value} MB; at most {most} MB are read at once"),
            N_("write it in tiles, such as with gdal_translate -co TILED=YES -co COMPRESS=DEFLATE"),
        ),
        "raster_values": (N_("nothing says whether the raster's cells hold people, or people per km²"), _SAY_VALUES),
        "raster_values_conflict": (
            N_("{option_raster_values} says {value}, but the raster itself says {named}"),
            N_("leave {option_raster_values} out; if the raster is mislabelled, correct the unit of its band"),
        ),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemandRaster:
    """An open raster with one band of numbers, along the axes of an exact CRS.

    ``values`` is what its cells hold. *CRS*: ``crs``, in any notation that PROJ reads.
    """

    file: str
    dataset: "DatasetReader"
    crs: str
    values: RasterValues


def is_raster_file(file: str) -> bool:
    """Return whether the name of a file is that of a GeoTIFF."""
    return file.lower().endswith(_RASTER_ENDINGS)


@contextmanager
def open_demand_raster(source: Path | bytes, request: DemandReadingForm) -> Iterator[DemandRaster]:
    """Open a GeoTIFF by its path or its content; no other format is opened, whatever the content says.

    *Raises*: FaultError with all faults of the file, and for one that breaks off while it is read.
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    file = request.file.name
    opened = source if isinstance(source, Path) else io.BytesIO(source)
    if not source:  # rasterio takes a file of 0 bytes for one to write
        raise FaultError(RASTER_FILE_FAULTS.build("raster_unreadable", file=file, value="0 B"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            # By default GDAL's cache takes a twentieth of the machine's memory.
            with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), rasterio.open(opened, driver="GTiff") as dataset:
                yield _check_raster(file, dataset, request)
    except RasterioError as error:
        detail = " ".join(str(error.__cause__ or error).split())[:200]
        raise FaultError(RASTER_FILE_FAULTS.build("raster_unreadable", file=file, value=detail)) from error


def _check_raster(file: str, dataset: "DatasetReader", request: DemandReadingForm) -> DemandRaster:
    """*Raises*: FaultError with all faults of the file's description."""
    faults, crs, values = [*_list_layout_faults(file, dataset)], "", RasterValues.COUNTS
    if dataset.crs is None and request.crs is None:
        faults.append(RASTER_FILE_FAULTS.build("raster_no_crs", file=file, field="--crs"))
    else:
        try:
            stated = find_geometry_crs(file, dataset.crs.to_wkt() if dataset.crs else None, request)
            transform_to_lonlat(np.zeros((1, 2)), crs := str(stated[1]), file)  # is it exact?
        except FaultError as error:
            faults += error.faults
    try:
        values = _find_values(file, dataset, request.raster_values)
    except FaultError as error:
        faults += error.faults
    raise_faults(faults)
    return DemandRaster(file, dataset, crs, values)


def _list_layout_faults(file: str, dataset: "DatasetReader") -> Iterator[Fault]:
    from rasterio.enums import ColorInterp

    build, transform = partial(RASTER_FILE_FAULTS.build, file=file), dataset.transform
    if dataset.count != 1:
        yield build("raster_bands", value=dataset.count)
    if not dataset.count:
        return
    kind = str(dataset.dtypes[0])
    is_number, is_palette = bool(_NUMBER_TYPES.fullmatch(kind)), dataset.colorinterp[0] is ColorInterp.palette
    if is_palette or not is_number:
        yield build("raster_colours", value="palette" if is_palette else kind)
    if transform.is_identity:
        yield build("raster_nowhere")
    elif transform.b or transform.d:
        yield build("raster_rotated")
    rows, columns = dataset.block_shapes[0]
    block_bytes = rows * columns * np.dtype(kind).itemsize if is_number else 0
    if block_bytes > MAX_BLOCK_BYTES:
        yield build("raster_blocks", value=f"{block_bytes / 1e6:,.0f}", most=MAX_BLOCK_BYTES // 1_000_000)


_DENSITY = re.compile(
    r"densit|密度|(?:/|per |每)\s*(?:sq(?:uare|\.)?\s*)?(?:km|kilomet|平方公里|平方千米)|km\s*(?:\^|\*\*)?-2|km⁻²"
)
_COUNTS = re.compile(
    r"(?:/|per |每)\s*(?:grid )?(?:pixel|cell|px|像元|栅格|格)|^(?:people|persons?|inhabitants?|counts?|人|人数)$"
)


def parse_values_text(text: str) -> RasterValues | None:
    """Return what the unit or the description of a band says of its cells; None where it says neither or both.

    >>> parse_values_text("people per km2"), parse_values_text("people per pixel"), parse_values_text("persons")
    (<RasterValues.DENSITY: 'density'>, <RasterValues.COUNTS: 'counts'>, <RasterValues.COUNTS: 'counts'>)
    """
    plain = " ".join(text.lower().split())
    is_density, is_count = bool(_DENSITY.search(plain)), bool(_COUNTS.search(plain))
    if is_density is is_count:
        return None
    return RasterValues.DENSITY if is_density else RasterValues.COUNTS


def _find_values(file: str, dataset: "DatasetReader", chosen: RasterValues | None) -> RasterValues:
    """Return what the cells hold, by the option and by the file's own unit and description. *Raises*: FaultError."""
    tags = {**dataset.tags(), **(dataset.tags(1) if dataset.count else {})}
    units = [str(text) for name, text in tags.items() if name.lower() in ("unit", "units", "unittype")]
    texts = (*dataset.units[:1], *dataset.descriptions[:1], *units)
    stated = {text: found for text in texts if text and (found := parse_values_text(text))}
    kinds = set(stated.values())
    build = partial(RASTER_FILE_FAULTS.build, file=file, field="--raster-values")
    if chosen is not None and kinds and kinds != {chosen}:
        named = next(text for text, found in stated.items() if found is not chosen)
        raise FaultError(build("raster_values_conflict", value=chosen, named=named[:80]))
    if chosen is None and len(kinds) != 1:
        raise FaultError(build("raster_values"))
    return chosen or kinds.pop()
