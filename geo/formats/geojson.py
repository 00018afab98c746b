"""Read GeoJSON (RFC 7946): a FeatureCollection of points in WGS84."""

import json
from collections.abc import Mapping

from core.faults import Fault, FaultError, FaultTable
from core.json_keys import RepeatedKey, refuse_repeated_keys
from core.text_marks import N_
from geo.crs import Datum
from geo.formats.cells import format_cell
from geo.formats.features import (
    Feature,
    coordinate_texts,
    not_a_point_fault,
    table_from_features,
    transform_features,
)
from geo.formats.table import Row, Table, content_sha256
from geo.formats.text_encoding import decode_text_file

_FAULTS = FaultTable(
    "geojson",
    {
        "no_feature": (
            N_("this is no feature: {value}"),
            N_("write each station as an object whose type is Feature"),
        ),
        "unreadable_crs": (
            N_("the file names its CRS in a way that can't be read: {value}"),
            N_("leave “crs” out, as RFC 7946 does, and give the coordinates in WGS84"),
        ),
        "crs_of_feature": (
            N_("the feature names a CRS of its own: {value}"),
            N_(
                "leave “crs” out of the feature and give its coordinates in WGS84, or name one CRS for the file"
            ),
        ),
        "no_collection": (
            N_("this is no FeatureCollection of GeoJSON but {value}"),
            N_("export the layer as a FeatureCollection of points"),
        ),
    },
)

_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")


_JSON_FAULTS = FaultTable(
    "json",
    {
        "not_an_object": (
            N_("the record is no object with named fields: {value}"),
            N_("write each station as an object such as {example}"),
        ),
        "no_list": (
            N_("the file holds no list of stations; found: {value}"),
            N_("give a list of objects, or an object whose “data” is such a list, with at least one in it"),
        ),
        "repeated_key": (
            N_("the key “{value}” stands twice in one object"),
            N_("keep the right one of the two"),
        ),
        "invalid": (
            N_("this is not valid JSON: {value}"),
            N_("mend the file at this line, or export it again"),
        ),
        "unreadable": (
            N_("this JSON can't be read: {value}"),
            N_("export the stations as a flat list of objects"),
        ),
    },
)
ARRAY_KEY = "data"


def is_geojson(document: object) -> bool:
    return isinstance(document, dict) and document.get("type") == "FeatureCollection"


def read_geojson(content: bytes, file: str) -> Table:
    """Read a FeatureCollection; a feature without geometry is a station without coordinates.

    A ``crs`` member, as files from before the RFC have, is applied. *Raises*: FaultError if the file is no
    FeatureCollection, or in a CRS that can't be converted to WGS84.
    """
    document = parse_json_file(content, file)
    if not isinstance(document, dict) or not is_geojson(document):
        raise FaultError(_no_collection(file, document))
    features = document.get("features")
    read = [_feature(f) for f in features] if isinstance(features, list) else []
    crs = _crs(document, file)
    if crs is None:
        return table_from_features(read, file, content_sha256(content), Datum.WGS84)
    moved, datum = transform_features(read, crs, file)
    return table_from_features(moved, file, content_sha256(content), datum)


def _feature(feature: object) -> Feature:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return Feature({}, _FAULTS.build("no_feature", value=ascii(feature)[:80]))
    properties = feature.get("properties")
    told = properties if isinstance(properties, dict) else {}
    cells = {printable_header(name): format_cell(value) for name, value in told.items()}
    if "id" not in cells and feature.get("id") is not None:
        cells["id"] = format_cell(feature["id"])
    geometry = feature.get("geometry")
    return Feature(cells, _crs_of_feature(feature, geometry) or _point(geometry))


def _crs_of_feature(*parts: object) -> Fault | None:
    """Return the fault of a feature or a geometry with a CRS of its own; WGS84 is what the file has anyway."""
    stated = [part["crs"] for part in parts if isinstance(part, dict) and part.get("crs") is not None]
    other = next((crs for crs in stated if not (_name_of(crs) or "").endswith(_WGS84)), None)
    return None if other is None else _FAULTS.build("crs_of_feature", field="crs", value=ascii(other)[:80])


def _point(geometry: object) -> tuple[str, str] | Fault | None:
    if geometry is None:
        return None
    if not isinstance(geometry, dict):
        return not_a_point_fault(ascii(geometry)[:80])
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "MultiPoint" and isinstance(coordinates, list) and len(coordinates) == 1:
        kind, coordinates = "Point", coordinates[0]
    if kind != "Point" or not isinstance(coordinates, list):
        return not_a_point_fault(ascii(kind)[:80])
    return coordinate_texts(coordinates)


def _crs(document: Mapping[str, object], file: str) -> str | None:
    """Return the CRS that a file from before the RFC names; None for WGS84."""
    crs = document.get("crs")
    if crs is None:
        return None
    name = _name_of(crs)
    if name is None:
        raise FaultError(_FAULTS.build("unreadable_crs", file=file, field="crs", value=ascii(crs)[:80]))
    return None if name.endswith(_WGS84) else name


def _name_of(crs: object) -> str | None:
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else None


def _no_collection(file: str, document: object) -> Fault:
    there = format_cell(document.get("type")) if isinstance(document, dict) else type(document).__name__
    return _FAULTS.build("no_collection", file=file, value=there[:80])


def read_json_records(content: bytes, file: str) -> Table:
    """Read ``[{…}, …]`` or ``{"data": [{…}, …]}``; row numbers count the records from 1.

    *Raises*: FaultError if there is no such array.
    """
    _, notes = decode_text_file(content, file)
    records = _array(parse_json_file(content, file), file)
    headers: dict[str, None] = {}
    rows, faults = [], []
    for number, record in enumerate(records, start=1):
        if isinstance(record, dict):
            cells = {printable_header(name): format_cell(value) for name, value in record.items()}
            headers.update(dict.fromkeys(cells))
            rows.append(Row(number, cells))
        else:
            faults.append(
                _JSON_FAULTS.build(
                    "not_an_object",
                    file=file,
                    row=number,
                    value=ascii(record)[:80],
                    example='{"name": …, "lon": …, "lat": …}',
                )
            )
    return Table(file, tuple(headers), tuple(rows), content_sha256(content), "records", notes, tuple(faults))


def parse_json_file(content: bytes, file: str) -> object:
    """Parse the document in a JSON file. *Raises*: FaultError if it isn't valid."""
    text, _ = decode_text_file(content, file)
    try:
        parsed: object = json.loads(text, object_pairs_hook=refuse_repeated_keys)
    except RepeatedKey as error:
        key = printable_header(str(error))[:80]
        raise FaultError(_JSON_FAULTS.build("repeated_key", file=file, value=key)) from error
    except json.JSONDecodeError as error:
        raise FaultError(
            _JSON_FAULTS.build("invalid", file=file, row=error.lineno, value=error.msg)
        ) from error
    except (RecursionError, ValueError) as error:  # nested too deeply; a number of too many digits
        raise FaultError(_JSON_FAULTS.build("unreadable", file=file, value=error)) from error
    return parsed


def _array(parsed: object, file: str) -> list[object]:
    found = parsed.get(ARRAY_KEY) if isinstance(parsed, dict) else parsed
    if isinstance(found, list) and found:
        return found
    there = ", ".join(parsed) if isinstance(parsed, dict) else type(parsed).__name__
    raise FaultError(_JSON_FAULTS.build("no_list", file=file, value=there[:200]))


def printable_header(name: str) -> str:
    """Return a header without unpaired surrogates, which JSON may contain but terminals can't print."""
    return name.encode("utf-8", "replace").decode()
