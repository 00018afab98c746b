"""Read the outlines of townships from an OpenStreetMap extract: relations of the administrative levels 8 and 9.

In the region rules for China of an open map generator (`generator/regions/specs/china`) level 8 is the township, the
town or the subdistrict (乡、镇、街道), and 10 lies below it (村、社区). The OpenStreetMap wiki names the same classes
(Key:place:CN). That level 9 is met for either is our assumption.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import osmium
import shapely
from osmium.osm import Area, Relation

from geo.place_names.query_words import clean_name
from yihui.files.osm_extract import check_extract, report_unreadable_extract

if TYPE_CHECKING:
    import geopandas as gpd

TOWNSHIP_LEVELS = {"8": 8, "9": 9}
CANDIDATE_COLUMNS = ("name", "code", "level", "geometry")
_BOUNDARY = ("boundary", "administrative")
_NAME_KEYS = ("name:zh-Hans", "name", "name:zh", "official_name")
# Our assumption: no key for codes of townships is agreed upon, so every value of these that is one counts. Whether it
# begins with the code of the county around it is checked before it is used.
_CODE_KEYS = re.compile(r"(?:ref|code|adcode|gb2260|china:code)(?::.*)?")
_CODE = re.compile(r"([0-9]{9})(?:000)?")
# Names of villages and communities, which some extracts have at level 9; no township's name ends so.
_VILLAGE_NAME = re.compile(r".*(?:村|社区|居委会|居民委员会|村委会|村民委员会)")


@dataclass(frozen=True, slots=True, eq=False)
class TownshipCandidates:
    """Outlines that may be townships, and how many relations can't be used, by reason.

    ``outlines`` has the columns name, code (empty where there is none), level, geometry. ``broken`` counts relations
    without a whole outline: a ring that does not close, or a part outside of the extract. ``nameless`` counts those
    without a usable name, ``villages`` those of level 9 that are named as villages are. *CRS*: WGS84.
    """

    outlines: "gpd.GeoDataFrame"
    broken: int
    nameless: int
    villages: int


def read_township_relations(file: Path, tell: Callable[[int], None] = lambda _: None) -> TownshipCandidates:
    """Read the candidates of an extract. ``tell`` takes the number of relations that were read so far.

    Memory: about 20 bytes for each node of the file. *Raises*: FaultError for a file that is no extract or ends
    early; OSError.
    """
    import geopandas as gpd

    check_extract(file)
    reading = _Reading()
    with report_unreadable_extract(file):
        boundaries = osmium.filter.TagFilter(_BOUNDARY)
        both = osmium.filter.EntityFilter(osmium.osm.RELATION | osmium.osm.AREA)
        for thing in (
            osmium.FileProcessor(str(file)).with_areas(boundaries).with_filter(both).with_filter(boundaries)
        ):
            reading.take(thing)
            tell(len(reading.relations))
    rows = sorted(reading.rows.items())
    outlines = gpd.GeoDataFrame(
        {name: [row[at] for _, row in rows] for at, name in enumerate(CANDIDATE_COLUMNS[:-1])},
        geometry=gpd.GeoSeries([row[-1] for _, row in rows], crs="EPSG:4326"),
    )
    return TownshipCandidates(
        outlines, len(reading.relations - reading.whole), reading.nameless, reading.villages
    )


class _Reading:
    """Sorts the relations of an extract, and builds the outlines of those that are whole."""

    def __init__(self) -> None:
        self.relations: set[int] = set()
        self.whole: set[int] = set()
        self.rows: dict[int, tuple[str, str, int, shapely.Geometry]] = {}
        self.nameless = 0
        self.villages = 0
        self._shapes = osmium.geom.WKBFactory()

    def take(self, thing: object) -> None:
        """Take a relation, or the area that was assembled from one."""
        if isinstance(thing, Relation):
            if _read_level(thing) is not None:
                self.relations.add(thing.id)
        elif isinstance(thing, Area) and not thing.from_way():
            level = _read_level(thing)
            if level is not None:
                self._take_outline(thing, level)

    def _take_outline(self, area: Area, level: int) -> None:
        id_ = int(area.orig_id())
        if not any(True for _ in area.outer_rings()):
            return
        try:
            shape = shapely.from_wkb(bytes.fromhex(self._shapes.create_multipolygon(area)))
        except (
            RuntimeError,
            shapely.errors.ShapelyError,
        ):  # an outline that crosses itself in a way nobody can mend
            return
        self.whole.add(id_)
        try:
            tags = dict(area.tags)
        except UnicodeDecodeError:
            tags = {}
        name = _read_name(tags)
        if name is None:
            self.nameless += 1
        elif level > min(TOWNSHIP_LEVELS.values()) and _VILLAGE_NAME.fullmatch(name):
            self.villages += 1
        else:
            self.rows[id_] = (name, _read_code(tags), level, shape)


def _read_level(thing: Relation | Area) -> int | None:
    """Return the level of a township's relation or area; None for any other, and for a level that is no UTF-8."""
    try:
        return TOWNSHIP_LEVELS.get(thing.tags.get("admin_level") or "")
    except UnicodeDecodeError:
        return None


def _read_name(tags: Mapping[str, str]) -> str | None:
    names = (clean_name(tags[key]) for key in _NAME_KEYS if key in tags)
    return next((name for name in names if name and any(map(str.isalnum, name))), None)


def _read_code(tags: Mapping[str, str]) -> str:
    """Return the nine digits of a township's code, or nothing; 370102000 is the county itself."""
    found = (
        _CODE.fullmatch(value.strip()) for key, value in sorted(tags.items()) if _CODE_KEYS.fullmatch(key)
    )
    return next((match[1] for match in found if match and not match[1].endswith("000")), "")
