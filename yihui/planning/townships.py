"""Find the township outlines of a study area: the user's file, else those of the built streets, else none."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.coverage.demand import Demand
from geo.coverage.outlines import OUTLINE_FAULTS
from geo.coverage.townships import CountyDivision, divide_counties
from geo.datum import Datum
from geo.districts import Districts
from geo.gaps.neighbourhoods import TownshipLimits
from geo.place_names.query_words import clean_name
from yihui.bootstrap import Wiring
from yihui.files.township_outlines import read_township_outlines
from yihui.planning.demand.outlines_file import read_outlines
from yihui.planning.order import TOWNSHIP_LEVEL, AreaOrder
from yihui.planning.run import StudyArea
from yihui.runtime.language import Language
from yihui.services.streets.folder import StreetsFolder, StreetsPart

_PROVINCE_DIGITS, _COUNTY_DIGITS, _TOWNSHIP_DIGITS = 2, 6, 9
_NO_LEVEL = "000"  # three digits of a level that the area does not have: 370102000 is the county itself
_KNOWN_SHARE = 0.5  # of a county's ground: below it, the largest known township says little of the others
TOWNSHIP_FAULTS = FaultTable(
    "townships",
    {
        "not_townships": (
            N_("{value} is no code of a township"),
            N_("give 9 digits (or 12 that end in 000); counties and communities belong to other options"),
        ),
        "no_townships": (
            N_("no outlines of townships are known in the area {value}"),
            N_("give them ({option_townships} FILE, or {option_outlines} FILE with codes of 9 digits); whoever runs the site can build those of OpenStreetMap: yihui streets build"),
        ),
        "datum_alone": (
            N_("{field} {value} says how a file of townships is to be read, but there is none"),
            N_("name the file with {option_townships} FILE, or leave the datum out"),
        ),
    },
)  # fmt: skip
REST_NAME = N_("the rest")
KNOWN_TOWNSHIPS = N_("Townships: {count} in {known} of {counties} counties, {source}")
NO_TOWNSHIPS = N_(
    "Townships: none are known here, so that counties are the smallest areas; a file of outlines shows them, "
    "or outlines that whoever runs the site installs"
)

_OF_FILE, _OF_STREETS = N_("outlines of {file}"), N_("outlines © OpenStreetMap contributors (ODbL)")


@dataclass(frozen=True, slots=True, eq=False)
class TownshipOutlines:
    """The townships of a study area and the rests of its counties; without a file's name, those of the built streets."""

    ground: StudyArea
    division: CountyDivision
    file_name: str = ""
    notes: tuple[Fault, ...] = ()

    def locate_demand(self, demand: Demand) -> Demand:
        """Return the same demand, each point in a part of the county that it has."""
        return replace(demand, district=self.division.assign(demand.points, demand.district.tolist()))

    def build_districts(self, language: Language) -> Districts:
        """Return the counties and their parts, by which gaps are named."""
        columns = ["code", "name", "city", "province", "geometry"]
        parts = self.division.parts
        rest = parts["county"].isin(self.division.counties_with_townships)
        rest = rest.map({True: language.translate(REST_NAME), False: ""})
        parts = parts.assign(name=parts["name"].where(~parts["is_rest"], rest))
        both = pd.concat([self.ground.outlines[columns], parts[columns]], ignore_index=True)
        return Districts.from_frame(gpd.GeoDataFrame(both, crs="EPSG:4326"))

    def full_names(self, language: Language) -> dict[str, str]:
        """Return the name of each part with its county's in front, by code: 历下区泉城路街道.

        In a province the city comes first, because counties of several cities share a name (市中区).
        """
        parts = self.division.parts
        known = set(self.division.counties_with_townships)
        pair, rest = N_("{outer} {inner}"), language.translate(REST_NAME)
        counties = parts["city"].tolist()  # the area above each part
        if len(self.ground.prefix) == _PROVINCE_DIGITS:
            both = zip(parts["province"], counties, strict=True)
            counties = [language.render(pair, outer=city, inner=county) for city, county in both]
        rows = zip(parts["code"], parts["name"], counties, parts["county"], parts["is_rest"], strict=True)
        return {
            code: county
            if is_rest and of not in known
            else language.render(pair, outer=county, inner=rest if is_rest else name)
            for code, name, county, of, is_rest in rows
        }

    def build_limits(self) -> TownshipLimits:
        """Return the most ground of one gap in each county; little is known of a county with few outlines."""
        share = self.division.covered_share
        return TownshipLimits(
            {code: m2 for code, m2 in self.division.largest_m2.items() if share[code] > _KNOWN_SHARE}
        )

    def count_lacking(self, codes: Collection[str]) -> int:
        """Count the townships whose codes are not among these."""
        parts = self.division.parts
        return int((~parts["is_rest"] & ~parts["code"].isin(set(codes))).sum())

    def format_source(self, language: Language) -> str:
        """Format how many townships are known, and where their outlines come from."""
        return language.render(
            KNOWN_TOWNSHIPS,
            count=f"{self.division.township_count:,}",
            known=len(self.division.counties_with_townships),
            counties=len(self.ground.outlines),
            source=language.render(_OF_FILE if self.file_name else _OF_STREETS, file=self.file_name),
        )


def find_township_outlines(
    wiring: Wiring, ground: StudyArea, file: Path | None = None, datum: Datum | None = None
) -> TownshipOutlines | None:
    """Find the outlines of an area's townships: those of ``file``, else of the built streets; None where neither has any.

    *Raises*: FaultError with every faulty outline of the file, or for damaged streets; OSError.
    """
    if file is not None:
        own, notes = _read_own(ground, file, datum)
        return TownshipOutlines(ground, divide_counties(ground.outlines, own), file.name, notes)
    built = _read_built(wiring, ground)
    if built is None or built.empty:
        return None
    return TownshipOutlines(ground, divide_counties(ground.outlines, built))


def find_table_townships(
    wiring: Wiring, order: AreaOrder, by: str | None, ground: StudyArea
) -> TownshipOutlines | None:
    """Find the townships of a table; None where it is by another level, or of the user's own outlines.

    *Raises*: FaultError for faulty outlines, or a table by township without any; OSError.
    """
    if order.outlines is not None or (by != TOWNSHIP_LEVEL and order.townships is None):
        return None
    found = find_township_outlines(wiring, ground, order.townships, order.datum)
    if found is None:
        raise FaultError(TOWNSHIP_FAULTS.build("no_townships", field="--by", value=order.area))
    return found


def check_township_datum(file: Path | None, datum: Datum | None) -> None:
    """*Raises*: FaultError for a datum without a file."""
    if datum is not None and file is None:
        raise FaultError(TOWNSHIP_FAULTS.build("datum_alone", field="--townships-datum", value=datum.value))


def _read_built(wiring: Wiring, ground: StudyArea) -> gpd.GeoDataFrame | None:
    folder = wiring.settings.streets
    place = None if folder is None else StreetsFolder(folder).find_part(StreetsPart.TOWNSHIPS)
    if place is None:
        return None
    built = read_township_outlines(place)
    return built[built["county"].isin(set(ground.outlines["code"]))]


def _read_own(
    ground: StudyArea, file: Path, datum: Datum | None
) -> tuple[gpd.GeoDataFrame, tuple[Fault, ...]]:
    given, notes = read_outlines(file, datum, ground, in_counties=True)
    codes = [_township_code(code) for code in given["code"]]
    faults = [
        TOWNSHIP_FAULTS.build("not_townships", file=file.name, row=int(row), field="code", value=code)
        for row, code, short in zip(given.index + 1, given["code"], codes, strict=True)
        if short is None
    ]
    raise_faults(faults)
    twice = sorted(str(code) for code, count in Counter(codes).items() if count > 1)
    if twice:
        faults = [OUTLINE_FAULTS.build("repeated", field="code", value=code) for code in twice]
        raise FaultError([fault.at(file=file.name) for fault in faults])
    names = [clean_name(name) or code for name, code in zip(given["name"], given["code"], strict=True)]
    own = given.assign(code=codes, name=names, county=[str(code)[:_COUNTY_DIGITS] for code in codes])
    return own, notes


def _township_code(code: str) -> str | None:
    """Return the nine digits of a township's code; None for the code of another level."""
    short = code.removesuffix(_NO_LEVEL) if len(code) > _TOWNSHIP_DIGITS else code
    return short if len(short) == _TOWNSHIP_DIGITS and not short.endswith(_NO_LEVEL) else None
