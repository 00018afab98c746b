"""Convert GIS features to rows: properties become cells, a point's coordinates two columns of their own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.crs import Datum
from geo.formats.table import Row, Table

_FAULTS = FaultTable(
    "features",
    {
        "not_a_point": (
            N_("the feature is no point but a {value}"),
            N_("give each station one point; for an area, its entrance"),
        ),
        "no_features": (
            N_("the file holds no features"),
            N_("export the layer again with its stations, one point for each"),
        ),
        "no_numbers": (
            N_("the coordinates {value} are not two numbers"),
            N_("write [longitude, latitude] in decimal degrees, such as [117.0204, 36.6683]"),
        ),
    },
)

POINT_HEADERS = ("geometry.lon", "geometry.lat")


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: ``point`` is its coordinates as text, None without a geometry, or a fault."""

    properties: Mapping[str, str]
    point: tuple[str, str] | Fault | None


def table_from_features(features: Iterable[Feature], file: str, digest: str, datum: Datum | None) -> Table:
    """Return features as rows numbered from 1; ``datum`` is the datum that the file states.

    *Raises*: FaultError if there are no features.
    """
    headers: dict[str, None] = {}
    rows: list[Row] = []
    faults: list[Fault] = []
    for number, feature in enumerate(features, start=1):
        headers.update(dict.fromkeys(feature.properties))
        if isinstance(feature.point, Fault):
            faults.append(feature.point.at(file=file, row=number))
        else:
            point = dict(zip(POINT_HEADERS, feature.point or ("", ""), strict=True))
            rows.append(Row(number, {**feature.properties, **point}))
    if not rows and not faults:
        raise FaultError(_FAULTS.build("no_features", file=file, value="0"))
    return Table(
        file,
        (*headers, *POINT_HEADERS),
        tuple(rows),
        digest,
        "records",
        faults=tuple(faults),
        point=POINT_HEADERS,
        datum=datum,
    )


def not_a_point_fault(kind: str) -> Fault:
    """Return the fault for a feature whose geometry is a line, an area or several points."""
    return _FAULTS.build("not_a_point", field="geometry", value=kind)


def coordinate_texts(coordinates: Sequence[object]) -> tuple[str, str] | Fault | None:
    """Return the first two coordinates as text; a third is a height and is ignored.

    Return None for an empty list, and a fault if they aren't two numbers.
    """
    numbers = [number for number in coordinates[:2] if isinstance(number, (int, float))]
    if not coordinates:
        return None
    if len(numbers) < 2 or any(isinstance(number, bool) for number in numbers):
        return _FAULTS.build("no_numbers", field="geometry", value=ascii(coordinates)[:80])
    return repr(numbers[0]), repr(numbers[1])
