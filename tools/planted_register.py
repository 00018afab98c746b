"""Plant known faults in the sample register, to measure how many of them a check finds.

The faults: duplicates under another name and in another datum, a whole list and single rows in the wrong datum
(some of them with another service in the same building), swapped coordinates, wrong districts, rounded coordinates.
It also plants pairs that look like a fault but are none: neighbours of one name with other numbers and gates, rooms
on two floors of one building. All points are first moved as far as real ones are from the generalised outlines.
The same seed plants the same faults.

    python -m tools.planted_register --out build/bench/planted.csv --seed 1
"""

import argparse
import csv
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from geo.crs import from_wgs84
from geo.datum import Datum
from yihui.samples.places import KM_PER_DEGREE, County
from yihui.samples.register import HEADER, SEED, SHANDONG, Row, generate_register_rows, load_shandong_counties

_NOUNS = {
    "工会驿站": ("户外劳动者服务站点", "劳动者驿站", "工会爱心驿站", "驿站", "户外劳动者驿站", "工会驿站"),
    "妈妈小屋": ("母婴室", "爱心妈妈小屋", "母婴关爱室", "妈咪小屋"),
    "工人文化宫": ("文化宫", "工人俱乐部文化宫"),
}
_ABBREVIATED = {
    "党群服务中心": "党群中心", "便民服务大厅": "便民大厅", "社区卫生服务站": "卫生服务站", "街道办事处": "街道办",
    "体育公园": "体育公园内", "银行网点": "银行营业网点", "购物中心": "购物广场", "妇幼保健院": "妇保院",
    "政务服务中心": "政务中心", "中心小学": "中心小学校", "机关大院": "机关院内",
}  # fmt: skip
_OTHER = ("便民服务点", "爱心暖蜂驿家", "暖心屋", "职工之家休息点")
_KEEPS_NUMBER, _DROPS_NUMBER = 0.5, 0.15
_WHOLLY_OTHER, _ABBREVIATES, _SLIPS = 0.04, 0.25, 0.05


def draw_alternative_name(name: str, county: County, rng: np.random.Generator) -> str:
    """Return another name: a synonym, another order, an abbreviation, a missing character; rarely an unrelated
    name.
    """
    if rng.random() < _WHOLLY_OTHER:
        return _chosen(_OTHER, rng) + "（示例）"
    found = re.fullmatch(
        r"(?P<site>.*?)(?P<noun>工会驿站|妈妈小屋|工人文化宫)(?P<number>\d*)(?:妈妈小屋)?（示例）", name
    )
    if found is None:
        return name
    site = found["site"].removeprefix(county.name)
    if rng.random() < _ABBREVIATES:
        site = _ABBREVIATED.get(site, site)
    if rng.random() < _SLIPS and len(site) > 3:
        at = int(rng.integers(len(site)))
        site = site[:at] + site[at + 1 :]
    noun, number = _chosen(_NOUNS[found["noun"]], rng), _numbered(found["number"], rng)
    before = _chosen((county.name, county.city_name + county.name, ""), rng)
    forms = (
        f"{before}{site}{noun}{number}",
        f"{noun}{number}（{before}{site}）",
        f"{before}{noun}·{site}{number}",
    )
    return _chosen(forms, rng) + "（示例）"


def _numbered(number: str, rng: np.random.Generator) -> str:
    draw = rng.random()
    if not number or draw < _DROPS_NUMBER:
        return ""
    return number if draw < _DROPS_NUMBER + _KEEPS_NUMBER else f"{number}号"


def _chosen(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]


PLANTED_HEADER = (*HEADER, "出处")
DUPLICATES, DECOYS, SWAPPED, WRONG_DATUM_ROWS, WRONG_DISTRICTS, ROUNDED = 300, 300, 100, 100, 300, 200
SHARED_BUILDINGS = 300  # with a second service; in a third of them it is in the wrong datum, in another its address is coarse
WRONG_DATUMS = (Datum.GCJ02, Datum.BD09)
SOURCE_LISTS = 3  # lists that make up the register, each of some cities; one list is in a wrong datum
_ROADS = "甲乙丙丁戊己庚辛壬癸"
_DRIFT_MEDIAN_M, _DRIFT_SIGMA, _DRIFT_MOST_M = (
    99.0,
    1.23,
    2_000.0,
)  # as far as real points lie off the outlines: p95 is 748 m
_READING_M = 12.0  # distance between two measurements of one place
_WITH_PHONE = 0.4


@dataclass(slots=True)
class PlantedRegister:
    """The rows, and the ids of the stations in which each kind of fault was planted."""

    rows: list[Row]
    duplicates: set[frozenset[str]] = field(default_factory=set)
    in_wrong_list: set[str] = field(default_factory=set)
    in_wrong_datum: set[str] = field(default_factory=set)
    swapped: set[str] = field(default_factory=set)
    misplaced: set[str] = field(default_factory=set)
    rounded: set[str] = field(default_factory=set)
    services_in_wrong_datum: set[str] = field(default_factory=set)
    second_services: set[str] = field(default_factory=set)


def plant_faults(rows: Sequence[Row], counties: Sequence[County], seed: int) -> PlantedRegister:
    """Return the rows with faults planted.

    *CRS*: WGS84, as the file states; wrong for the rows planted in another datum.
    """
    return _FaultPlanter(rows, counties, seed).work()


class _FaultPlanter:
    """Plants at most one fault in a row, so that each finding has one cause."""

    def __init__(self, rows: Sequence[Row], counties: Sequence[County], seed: int) -> None:
        self.rng = np.random.Generator(np.random.PCG64(seed))
        self.counties = {county.code: county for county in counties}
        self.planted = PlantedRegister([{**row, "出处": ""} for row in rows])
        self.free: list[Row] = []

    def work(self) -> PlantedRegister:
        self._furnish()
        wrong, datum = int(self.rng.integers(SOURCE_LISTS)), self._datum()
        kept = [row for row in self.planted.rows if row["经度"] and self._list(row) != wrong]
        self.free = [kept[i] for i in self.rng.permutation(len(kept)).tolist()]
        self._twice(self._take(DUPLICATES))
        self._decoys(self._take(DECOYS))
        self._misplace(self._take(WRONG_DISTRICTS))
        for row in self._take(ROUNDED):
            self._round(row)
        for row in self._take(WRONG_DATUM_ROWS):
            self._shift(row, self._datum())
            self.planted.in_wrong_datum.add(row["编号"])
        for row in self._take(SWAPPED):
            row["经度"], row["纬度"] = row["纬度"], row["经度"]
            self.planted.swapped.add(row["编号"])
        self._shared_buildings(self._take(SHARED_BUILDINGS))
        self._wrong_list(wrong, datum)
        return self.planted

    def _datum(self) -> Datum:
        return WRONG_DATUMS[int(self.rng.integers(len(WRONG_DATUMS)))]

    def _list(self, row: Row) -> int:
        cities = sorted({code[:4] for code in self.counties})
        return cities.index(row["编号"].split("-")[1][:4]) * SOURCE_LISTS // len(cities)

    def _county(self, row: Row) -> County:
        return self.counties[row["编号"].split("-")[1]]

    def _take(self, count: int) -> list[Row]:
        taken, self.free = self.free[:count], self.free[count:]
        return taken

    def _furnish(self) -> None:
        """Add sources, streets and some telephone numbers, and move points as far as real ones are off."""
        moved: dict[tuple[str, str], tuple[float, float]] = {}
        for row in self.planted.rows:
            row["出处"] = f"第{self._list(row) + 1}批名单（示例）"
            road = f"示例{_ROADS[int(self.rng.integers(len(_ROADS)))]}路"
            row["地址"] = row["地址"].replace("示例路", road)
            if self.rng.random() < _WITH_PHONE:
                row["联系电话"] = f"0000-{int(self.rng.integers(10_000_000)):08d}"
            if row["经度"]:
                place = (row["经度"], row["纬度"])
                drift_m = min(self.rng.lognormal(np.log(_DRIFT_MEDIAN_M), _DRIFT_SIGMA), _DRIFT_MOST_M)
                moved.setdefault(place, self._beside(row, drift_m))
                _put(row, *moved[place])

    def _beside(self, row: Row, metres: float) -> tuple[float, float]:
        lon, lat, angle = float(row["经度"]), float(row["纬度"]), 2 * np.pi * self.rng.random()
        degrees = metres / 1_000 / KM_PER_DEGREE
        return lon + degrees * np.cos(angle) / np.cos(np.radians(lat)), lat + degrees * np.sin(angle)

    def _twice(self, rows: Sequence[Row]) -> None:
        for number, row in enumerate(rows):
            copy = {**row, "编号": f"TWICE-{row['编号'].split('-')[1]}-{number:03d}"}
            copy["名称"] = draw_alternative_name(row["名称"], self._county(row), self.rng)
            _put(copy, *self._beside(row, self.rng.exponential(_READING_M)))
            if number % 2:
                self._shift(copy, self._datum())
            draw = self.rng.random(2)
            if draw[0] < 0.6:
                copy["地址"] = "" if draw[0] < 0.3 else row["地址"].partition("示例")[2].join(("示例", ""))
            if draw[1] < 0.3:
                copy["联系电话"] = ""
            self.planted.rows.append(copy)
            self.planted.duplicates.add(frozenset((row["编号"], copy["编号"])))

    def _decoys(self, rows: Sequence[Row]) -> None:
        """Add beside each row one that is no duplicate of it: another number, gate or floor."""
        for number, row in enumerate(rows):
            beside = {**row, "编号": f"DECOY-{row['编号'].split('-')[1]}-{number:03d}", "联系电话": ""}
            name = row["名称"].removesuffix("（示例）")
            if number % 3 == 0:
                beside["名称"] = f"{name.rstrip('0123456789')}{1000 + number}（示例）"
            elif number % 3 == 1:
                row["名称"], beside["名称"] = f"{name}南门（示例）", f"{name}北门（示例）"
            else:
                row["名称"], beside["名称"] = f"{name}1楼（示例）", f"{name}3楼（示例）"
            if number % 3 != 2:
                _put(beside, *self._beside(row, self.rng.uniform(30, 150)))
                beside["地址"] = row["地址"].replace("路", f"路{int(self.rng.integers(1, 9))}", 1)
            self.planted.rows.append(beside)

    def _shared_buildings(self, rows: Sequence[Row]) -> None:
        """Add another service to each building.

        Its point is close to the first, in another datum, or somewhere around, as the points of a market or a
        campus with one address are.
        """
        for number, row in enumerate(rows):
            beside = {**row, "编号": f"HOUSE-{row['编号'].split('-')[1]}-{number:03d}", "联系电话": ""}
            kind = ("职工书屋", "职工服务中心")[number % 2]
            beside["类型"], beside["名称"] = kind, f"{row['名称'].removesuffix('（示例）')}{kind}（示例）"
            far = number % 3 == 1
            _put(
                beside,
                *self._beside(row, self.rng.uniform(100, 800) if far else self.rng.exponential(_READING_M)),
            )
            self.planted.second_services.add(beside["编号"])
            if number % 3 == 0:
                self._shift(beside, self._datum())
                self.planted.services_in_wrong_datum.add(beside["编号"])
            self.planted.rows.append(beside)

    def _misplace(self, rows: Sequence[Row]) -> None:
        """List a row under another county of its city; change the address too in half of them."""
        by_city: dict[str, list[County]] = defaultdict(list)
        for county in self.counties.values():
            by_city[county.city_name].append(county)
        for number, row in enumerate(rows):
            own = self._county(row)
            others = [county for county in by_city[own.city_name] if county.code != own.code]
            other = others[int(self.rng.integers(len(others)))]
            row["区县"] = other.name
            if number % 2:
                row["地址"] = row["地址"].replace(own.city_name + own.name, other.city_name + other.name)
            self.planted.misplaced.add(row["编号"])

    def _round(self, row: Row) -> None:
        places = int(self.rng.integers(2, 4))
        row["经度"], row["纬度"] = (f"{float(row[axis]):.{places}f}" for axis in ("经度", "纬度"))
        self.planted.rounded.add(row["编号"])

    def _wrong_list(self, wrong: int, datum: Datum) -> None:
        for row in self.planted.rows:
            if row["经度"] and row["编号"].startswith("SAMPLE") and self._list(row) == wrong:
                self._shift(row, datum)
                self.planted.in_wrong_list.add(row["编号"])

    def _shift(self, row: Row, datum: Datum) -> None:
        _put(row, *from_wgs84([(float(row["经度"]), float(row["纬度"]))], datum)[0].tolist())


def _put(row: Row, lon: float, lat: float) -> None:
    row["经度"], row["纬度"] = f"{lon:.6f}", f"{lat:.6f}"


def write_planted_register(planted: PlantedRegister, out: Path) -> None:
    """Write the rows by id, as UTF-8 CSV."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, PLANTED_HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(planted.rows, key=lambda row: (row["编号"].split("-")[1], row["编号"])))


def main(arguments: Sequence[str] | None = None) -> None:
    from geo.formats.facts import shandong_population

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="the CSV file to write")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    counties = load_shandong_counties()
    planted = plant_faults(
        generate_register_rows(counties, shandong_population(), SEED), counties, options.seed
    )
    write_planted_register(planted, options.out)
    sys.stdout.write(f"{len(planted.rows)} sample rows (示例) of {SHANDONG}: {options.out}\n")


if __name__ == "__main__":
    main()
