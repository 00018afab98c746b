"""Report a datum check of a file: faults with figures, and warnings for the rows that they concern."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.faults import Fault, FaultTable
from core.text_marks import N_
from geo.datum import UNSHIFTED_DATUMS, Datum
from geo.datum_check import DatumCheck, check_datum

if TYPE_CHECKING:
    from geo.districts import Districts

_BETTER = N_(
    "as {value}, {share} of {count} points lie in their stated district; as {better}, {better_share} do: "
    "{better} fits clearly better (odds {odds})"
)
_FAULTS = FaultTable(
    "datum",
    {
        "mislabelled": (
            _BETTER,
            N_(
                "the file is mislabelled: export it as CSV and read that with {option} {better}; if its districts are "
                "wrong instead, correct them or leave their column out"
            ),
        ),
        "better_datum": (
            _BETTER,
            N_(
                "say {option} {better}; if the file's districts are wrong instead, correct them or leave their column out"
            ),
        ),
        "elsewhere": (
            N_("{share} of {count} points lie outside of their stated district, in the middle by {km} km"),
            N_(
                "check the CRS of the file: in that of a neighbouring zone points lie elsewhere in China; if its districts are wrong instead, correct them or leave their column out"
            ),
        ),
        "mixed": (
            N_("two datums are mixed: {count} rows, {first} to {last}, fit {other}; the rest fits {value}"),
            N_(
                "give each row its datum in a column 坐标系, or put the two parts in files of their own; if the districts "
                "are wrong instead, correct them or leave their column out"
            ),
        ),
        "stray": (
            N_("as {named}, the point lies outside its district {district}; as {other}, inside"),
            N_("correct the datum of this row"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class LocatedRow:
    """A row that states both a point (as written, in ``datum``) and a district."""

    row: int
    point: tuple[float, float]
    district: str
    datum: Datum | None = None


def check_each_datum(claims: Sequence[LocatedRow], outlines: "Districts") -> Mapping[Datum, DatumCheck]:
    """Check the rows of each stated datum; rows that state none are left out."""
    groups: dict[Datum, list[LocatedRow]] = {}
    for claim in claims:
        if claim.datum is not None:
            meant = Datum.WGS84 if claim.datum in UNSHIFTED_DATUMS else claim.datum
            groups.setdefault(meant, []).append(claim)
    return {datum: check_located_rows(several, outlines, datum) for datum, several in groups.items()}


def check_located_rows(
    claims: Sequence[LocatedRow], outlines: "Districts", named: Datum | None = None
) -> DatumCheck:
    """Compare the points of rows with their stated districts, as `check_datum`."""
    points = np.array([claim.point for claim in claims], dtype=np.float64).reshape(-1, 2)
    return check_datum(points, [claim.district for claim in claims], outlines, named)


def datum_faults(
    claims: Sequence[LocatedRow], checks: Mapping[Datum, DatumCheck], *, said: bool, option: str = "--datum"
) -> list[Fault]:
    """Return a fault of the whole file where points contradict the stated datum, and a warning for each row.

    ``said``: the file itself names its datum. ``option`` names it on the command line.
    """
    findings: list[Fault] = []
    for datum, check in checks.items():
        group = [
            c for c in claims if c.datum == datum or (datum is Datum.WGS84 and c.datum in UNSHIFTED_DATUMS)
        ]
        better = check.better_than(datum)
        if check.is_elsewhere:
            findings.append(_elsewhere(check, datum))
            continue
        if better is not None:
            findings.append(_better(check, datum, better, said=said, option=option))
        findings += _of_part(group, check)
    return findings


def _elsewhere(check: DatumCheck, datum: Datum) -> Fault:
    fit = check.fit_of(datum)
    share, km = format_percent(1 - fit.inside_share), f"{fit.outside_m / 1_000:,.0f}"
    return _FAULTS.build(
        "elsewhere", field="crs", value=datum.value, share=share, count=check.compared, km=km
    )


def _of_part(claims: Sequence[LocatedRow], check: DatumCheck) -> Iterator[Fault]:
    part = check.part
    if part is None:
        return
    rows = [claims[position].row for position in part.positions]
    yield _FAULTS.build(
        "mixed",
        field="datum",
        value=part.base.value,
        count=len(rows),
        first=rows[0],
        last=rows[-1],
        other=part.other.value,
    )
    for position, outside_m in zip(part.telling, part.outside_m, strict=True):
        yield _FAULTS.build(
            "stray",
            row=claims[position].row,
            field="datum",
            value=f"{outside_m:.0f} m",
            severity="warning",
            named=part.base.value,
            other=part.other.value,
            district=claims[position].district,
        )


def _better(check: DatumCheck, datum: Datum, better: Datum, *, said: bool, option: str) -> Fault:
    return _FAULTS.build(
        "mislabelled" if said else "better_datum",
        field="datum",
        value=datum.value,
        option=option,
        share=format_percent(check.fit_of(datum).inside_share),
        better_share=format_percent(check.fit_of(better).inside_share),
        count=check.compared,
        better=better.value,
        odds=format_odds(check.odds(better, datum)),
    )


def format_percent(share: float) -> str:
    return f"{share:.1%}"


def format_odds(odds: float) -> str:
    """Format odds for people: 1200:1, 10^57:1."""
    if odds < 1:
        return ":".join(reversed(format_odds(1 / max(odds, 1e-300)).split(":")))
    return f"{odds:.0f}:1" if odds < 1e6 else f"10^{np.log10(odds):.0f}:1"
