"""Read the named roads, places and house numbers of an OpenStreetMap extract in one pass."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
from osmium.osm import Area, Changeset, Node, NodeRef, Way
from osmium.osm.types import OSMEntity

from core.faults import FaultError
from geo.geodesy import Floats
from geo.place_names.kinds import NAME_KEYS, StreetKind, classify_tags, is_road, is_roundabout, list_names
from geo.place_names.query_words import clean_name, read_house_number
from geo.place_names.roads import RoadVertices
from yihui.files.osm_extract import EXTRACT_FAULTS, check_extract, report_unreadable_extract

_HOUSE_KEYS = ("addr:housenumber",)
_RING_KEYS = ("junction",)  # roundabouts seldom have a name
_SAME_WITHIN = 0.0025  # degrees, 250 m: one kind and name within it is one place (both sides of a road)
_TELL_EVERY = 20_000  # objects


@dataclass(slots=True)
class LineColumns:
    """The vertices of ways, as columns that grow."""

    way: "array[int]" = field(default_factory=lambda: array("q"))
    name: "array[int]" = field(default_factory=lambda: array("q"))
    node: "array[int]" = field(default_factory=lambda: array("q"))
    lon: "array[float]" = field(default_factory=lambda: array("d"))
    lat: "array[float]" = field(default_factory=lambda: array("d"))

    def vertices(self) -> RoadVertices:
        return RoadVertices(*map(np.asarray, (self.way, self.name, self.node, self.lon, self.lat)))


@dataclass(slots=True)
class NamedPoints:
    """Places that are no lines, as columns. ``names`` are the names of each, the one to show first.

    Those of a house number are the road's, and the number as it is compared.
    """

    kinds: list[StreetKind] = field(default_factory=list)
    names: list[tuple[str, ...]] = field(default_factory=list)
    lon: "array[float]" = field(default_factory=lambda: array("d"))
    lat: "array[float]" = field(default_factory=lambda: array("d"))

    def append(self, kind: StreetKind, names: tuple[str, ...], lon: float, lat: float) -> None:
        """Append a place."""
        self.kinds.append(kind)
        self.names.append(names)
        self.lon.append(lon)
        self.lat.append(lat)


@dataclass(slots=True)
class ExtractedNames:
    """What an extract names. ``line_names`` holds the names by the numbers of both kinds of lines."""

    line_names: list[tuple[str, ...]] = field(default_factory=list)
    roads: LineColumns = field(default_factory=LineColumns)
    rivers: LineColumns = field(default_factory=LineColumns)
    roundabouts: LineColumns = field(default_factory=LineColumns)  # without names
    places: NamedPoints = field(default_factory=NamedPoints)
    houses: NamedPoints = field(default_factory=NamedPoints)
    unusable_names: int = 0  # too long, not UTF-8, or without a letter or digit

    def all_points(self) -> Floats:
        """Return the points of all names. *Shape*: (n, 2), lon, lat. *CRS*: WGS84."""
        columns = (self.roads, self.rivers, self.places, self.houses)
        return np.column_stack(
            (np.concatenate([one.lon for one in columns]), np.concatenate([one.lat for one in columns]))
        )


def read_extract(file: Path, tell: Callable[[int], None] = lambda _: None) -> ExtractedNames:
    """Read the names of an extract. ``tell`` takes the number of objects with a name that were read so far.

    Memory: about 20 bytes for each node of the file, and 500 for each name.
    *Raises*: FaultError for a file that is no extract, ends early or names nothing; OSError.
    """
    check_extract(file)
    reading = _Reading()
    with report_unreadable_extract(file):
        for count, thing in enumerate(_iter_objects(file), 1):
            reading.take(thing)
            if count % _TELL_EVERY == 0:
                tell(count)
    found = reading.found
    if not found.line_names and not found.places.names:
        raise FaultError(EXTRACT_FAULTS.build("no_names", file=str(file)))
    return found


def _iter_objects(file: Path) -> Iterator[OSMEntity]:
    named = osmium.filter.KeyFilter(*NAME_KEYS, *_HOUSE_KEYS)
    wanted = osmium.filter.KeyFilter(*NAME_KEYS, *_HOUSE_KEYS, *_RING_KEYS)
    yield from osmium.FileProcessor(str(file)).with_areas(named).with_filter(wanted)


class _Reading:
    """Sorts the objects of an extract into columns."""

    def __init__(self) -> None:
        self.found = ExtractedNames()
        self._numbers: dict[str, int] = {}
        self._there: dict[int, int] = {}
        self._ways = 0

    def take(self, thing: OSMEntity) -> None:
        if isinstance(thing, Changeset):
            return
        try:
            tags = dict(thing.tags)
        except UnicodeDecodeError:
            self.found.unusable_names += not isinstance(thing, Area)  # it came as a way or relation already
            return
        if isinstance(thing, Node):
            if thing.location.valid():
                self._take_place(tags, thing.lon, thing.lat)
        elif isinstance(thing, Way):
            self._take_way(thing, tags)
        elif isinstance(thing, Area):
            self._take_area(thing, tags)

    def _take_way(self, way: Way, tags: Mapping[str, str]) -> None:
        self._ways += 1
        nodes = [node for node in way.nodes if node.location.valid()]
        if is_roundabout(tags):
            self._append(self.found.roundabouts, nodes, 0)
        columns = self.found.roads if is_road(tags) else None
        if columns is None and "waterway" in tags and not way.is_closed():
            columns = self.found.rivers
        names = self._clean(list_names(tags)) if columns is not None and nodes else ()
        if columns is None or not names:
            return
        number = self._numbers.setdefault(names[0], len(self.found.line_names))
        if number == len(self.found.line_names):
            self.found.line_names.append(names)
        else:  # pieces of one road may have other names beside the first
            self.found.line_names[number] = tuple(dict.fromkeys((*self.found.line_names[number], *names)))
        self._append(columns, nodes, number)

    def _append(self, columns: LineColumns, nodes: Sequence[NodeRef], name: int) -> None:
        for node in nodes:
            columns.way.append(self._ways)
            columns.name.append(name)
            columns.node.append(node.ref)
            columns.lon.append(node.lon)
            columns.lat.append(node.lat)

    def _take_area(self, area: Area, tags: Mapping[str, str]) -> None:
        if is_road(tags):
            return
        points = [(node.lon, node.lat) for ring in area.outer_rings() for node in ring]
        if points:
            west, south = map(min, zip(*points, strict=True))
            east, north = map(max, zip(*points, strict=True))
            self._take_place(tags, (west + east) / 2, (south + north) / 2)

    def _take_place(self, tags: Mapping[str, str], lon: float, lat: float) -> None:
        self._take_house(tags, lon, lat)
        kind = classify_tags(tags)
        names = () if kind is None else self._clean(list_names(tags))
        if kind is None or not names:
            return
        places = self.found.places
        there = self._find_there(kind, names[0], lon, lat)
        if there is not None:  # the other side of the road may have other names beside the first
            places.names[there] = tuple(dict.fromkeys((*places.names[there], *names)))
            return
        places.append(kind, names, lon, lat)

    def _take_house(self, tags: Mapping[str, str], lon: float, lat: float) -> None:
        road = clean_name(tags.get("addr:street", "")) if "addr:housenumber" in tags else None
        if road is None:
            return
        for part in tags["addr:housenumber"].replace("，", ",").replace(";", ",").split(",")[:20]:
            number = read_house_number(part)
            if number is not None:
                self.found.houses.append(StreetKind.HOUSE, (road, number), lon, lat)

    def _clean(self, names: list[str]) -> tuple[str, ...]:
        """Return the usable names; none if the one to show is not usable."""
        cleaned = [clean_name(name) for name in names]
        usable = [name for name in cleaned if name and any(map(str.isalnum, name))]
        if names and (not cleaned[0] or not usable or usable[0] != cleaned[0]):
            self.found.unusable_names += 1
            return ()
        return tuple(dict.fromkeys(usable))

    def _find_there(self, kind: StreetKind, name: str, lon: float, lat: float) -> int | None:
        """Return the position of a place of this kind and name that was found nearby; note this one otherwise."""
        x, y = int((lon + 180) / _SAME_WITHIN), int((lat + 90) / _SAME_WITHIN)
        around = ((kind, name, x + east, y + north) for east in (-1, 0, 1) for north in (-1, 0, 1))
        found = next((self._there[key] for one in around if (key := hash(one)) in self._there), None)
        if found is None:
            self._there[hash((kind, name, x, y))] = len(self.found.places.names)
        return found
