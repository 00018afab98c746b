"""Write a made-up register of Shandong, as large as the union's reports state; every row is marked 示例 (sample).

5,500 outdoor stations, 5,159 mother rooms and 131 cultural palaces, distributed over the counties by census
population, around a few towns, inside the county's outline. The same seed gives the same file, byte for byte.

    python -m yihui.samples.register --out build/demo/register.csv --seed 20261120
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path

import numpy as np

from geo.formats.facts import apportion
from yihui.samples.places import County, Floats, Ints, draw_points, place_towns
from yihui.samples.words import (
    ACCESS,
    EMPLOYER_ONLY,
    ENTRY,
    EXTRA_FACILITIES,
    FACILITIES,
    HOURS,
    MOTHER,
    OUTDOOR,
    PALACE,
    SITES,
    Weights,
)

HEADER = (
    "编号", "名称", "类型", "经度", "纬度", "地址", "区县", "开放时间", "进入方式", "开放对象",
    "限定单位", "设施", "联系电话", "核实日期", "示例",
)  # fmt: skip
KIND_COUNTS = {OUTDOOR: 5_500, MOTHER: 5_159, PALACE: 131}
KIND_LETTERS = {OUTDOOR: "S", MOTHER: "M", PALACE: "P"}
SEED = 20261120
SHANDONG = "370000"
UNPLACED_SHARE = 0.01
UNVERIFIED_SHARE = 0.04
UNLISTED_PHONE_EACH = 10  # one place in so many has no telephone
VERIFIED_UNTIL = date(2026, 9, 30)
VERIFIED_WITHIN_DAYS = 300

Row = dict[str, str]


def generate_register_rows(counties: Sequence[County], population: Mapping[str, int], seed: int) -> list[Row]:
    """Return the rows of the sample register, by county, kind and number.

    *Shape*: one mapping per row, keyed by ``HEADER``. *CRS*: WGS84 degrees.
    *Raises*: KeyError if a county has no population.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    people = [population[county.code] for county in counties]
    towns = place_towns(counties, people, rng)
    rows: list[Row] = []
    for kind in KIND_COUNTS:
        county = np.repeat(np.arange(len(counties), dtype=np.int64), _per_county(kind, counties, people))
        points = draw_points(counties, towns, county, rng)
        rows += _rows(kind, [counties[i] for i in county.tolist()], points, rng)
    more = np.random.Generator(np.random.PCG64([seed, 1]))
    return _under_one_roof(_with_more(sorted(rows, key=lambda row: row["编号"]), more))


def generate_county_rows(county: County, people: int, count: int, seed: int) -> list[Row]:
    """Return rows of outdoor stations of one county, as a second register of other places.

    *Shape*: one mapping per row, keyed by ``HEADER``. *CRS*: WGS84 degrees.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    towns = place_towns([county], [people], rng)
    points = draw_points([county], towns, np.zeros(count, dtype=np.int64), rng)
    rows = list(_rows(OUTDOOR, [county] * count, points, rng))
    return [{**row, "编号": row["编号"].replace("SAMPLE-", "SECOND-"), "联系电话": ""} for row in rows]


def _with_more(rows: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Add the extra facilities to the rows."""
    drawn = rng.random((len(rows), max(map(len, EXTRA_FACILITIES.values())))).tolist()
    return [
        {
            **row,
            "设施": "、".join(filter(None, (row["设施"], *_besides(EXTRA_FACILITIES[row["类型"]], chances)))),
        }
        for row, chances in zip(rows, drawn, strict=True)
    ]


def _besides(groups: Sequence[Weights], chances: Sequence[float]) -> list[str]:
    """Return the extra facilities, a denied one last: “不能反锁、热水” may deny the hot water too."""
    return sorted(_draw(groups, chances), key="不能反锁".__eq__)


def _draw(groups: Sequence[Weights], chances: Sequence[float]) -> Iterator[str]:
    for shares, chance in zip(groups, chances, strict=False):
        upto = accumulate(shares.values())
        yield next((words for words, most in zip(shares, upto, strict=True) if chance < most), "")


def _per_county(kind: str, counties: Sequence[County], people: Sequence[int]) -> list[int]:
    """Return the number of places of a kind in each county.

    Palaces: one for each city, in its most populous county, and one in each of the most populous counties
    of the province until all are placed.
    """
    if kind != PALACE:
        return apportion(KIND_COUNTS[kind], people)
    by_people = sorted(range(len(counties)), key=lambda i: -people[i])
    seats = {counties[i].city_name: i for i in reversed(by_people)}.values()
    of_counties = by_people[: KIND_COUNTS[PALACE] - len(seats)]
    return [(i in seats) + (i in of_counties) for i in range(len(counties))]


def _under_one_roof(rows: Sequence[Row]) -> list[Row]:
    """Move the first mother room of a county into its palace: several services at one point are normal."""
    palaces = {row["编号"]: row for row in rows if row["类型"] == PALACE}
    return [_moved(row, palaces.get(row["编号"].replace("-M001", "-P001"))) for row in rows]


def _moved(row: Row, palace: Row | None) -> Row:
    if palace is None or row is palace:
        return row
    name = palace["名称"].replace("（示例）", "妈妈小屋（示例）")
    return {**row, "名称": name, **{column: palace[column] for column in ("经度", "纬度", "地址")}}


def _rows(kind: str, counties: Sequence[County], points: Floats, rng: np.random.Generator) -> Iterator[Row]:
    n = len(counties)
    hours, entry, access = (_picked(table[kind], n, rng) for table in (HOURS, ENTRY, ACCESS))
    facilities, verified = _facilities(kind, n, rng), _verified(n, rng)
    unplaced = (rng.random(n) < UNPLACED_SHARE) & (kind != PALACE)
    house, site = _whole(999, n, rng), _whole(1_000, n, rng)
    serial: dict[str, int] = {}
    for i, county in enumerate(counties):
        serial[county.code] = number = serial.get(county.code, 0) + 1
        lon, lat = ("", "") if unplaced[i] else (f"{points[i, 0]:.6f}", f"{points[i, 1]:.6f}")
        yield {
            "编号": f"SAMPLE-{county.code}-{KIND_LETTERS[kind]}{number:03d}",
            "名称": _name(kind, county, number, access[i], site[i]),
            "类型": kind,
            "经度": lon,
            "纬度": lat,
            "地址": f"山东省{county.city_name}{county.name}示例路{house[i] + 1}号",
            "区县": county.name,
            "开放时间": hours[i],
            "进入方式": entry[i],
            "开放对象": access[i],
            "限定单位": f"{_site(kind, county, access[i], site[i])}（示例）"
            if access[i] == EMPLOYER_ONLY
            else "",
            "设施": facilities[i],
            "联系电话": _sample_phone(county, kind, number) if site[i] % UNLISTED_PHONE_EACH else "",
            "核实日期": verified[i],
            "示例": "示例",
        }


def _sample_phone(county: County, kind: str, number: int) -> str:
    """Return a number of this place alone that nobody can dial: no area code, and a letter in it."""
    return f"××××-{county.code[2:]}{KIND_LETTERS[kind]}{number:03d}（示例）"


def _name(kind: str, county: County, number: int, access: str, site: int) -> str:
    if kind == PALACE:
        # The second palace of a county is the city's own.
        place = county.name if number == 1 else county.city_name
        return f"{place}工人文化宫（示例）"
    noun = "工会驿站" if kind == OUTDOOR else "妈妈小屋"
    return f"{_site(kind, county, access, site)}{noun}{number}（示例）"


def _site(kind: str, county: County, access: str, site: int) -> str:
    sites = SITES[OUTDOOR] if kind == OUTDOOR else SITES.get(access, SITES["对公众开放"])
    return f"{county.name}{sites[site % len(sites)]}"


def _picked(weights: Weights, n: int, rng: np.random.Generator) -> list[str]:
    phrases = list(weights)
    upto = list(accumulate(weights.values()))
    places = np.searchsorted(upto, rng.random(n) * upto[-1], side="right")
    return [phrases[place] for place in places]


def _facilities(kind: str, n: int, rng: np.random.Generator) -> list[str]:
    shares = FACILITIES[kind]
    has = rng.random((n, len(shares))) < np.array(list(shares.values()))
    words = np.array(list(shares))
    return ["、".join(words[row]) for row in has]


def _verified(n: int, rng: np.random.Generator) -> list[str]:
    """Draw the days of verification, recent ones more often; blank if never verified."""
    age = _whole(VERIFIED_WITHIN_DAYS, n, rng) * _whole(VERIFIED_WITHIN_DAYS, n, rng) // VERIFIED_WITHIN_DAYS
    never = rng.random(n) < UNVERIFIED_SHARE
    days = [VERIFIED_UNTIL - timedelta(days=int(days)) for days in age]
    return ["" if blank else day.isoformat() for day, blank in zip(days, never, strict=True)]


def _whole(below: int, n: int, rng: np.random.Generator) -> Ints:
    """Draw whole numbers of 0..below-1, all equally likely."""
    return np.floor(rng.random(n) * below).astype(np.int64)


def write_register(rows: Sequence[Row], out: Path) -> None:
    """Write the rows as UTF-8 CSV."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def load_shandong_counties() -> list[County]:
    """Return the 136 counties by code."""
    from geo.formats.outlines import read_outlines

    areas = read_outlines(within=SHANDONG)
    counties = zip(areas.districts, areas.geometries, strict=True)
    return [County(county.code, county.name, county.city, shape) for county, shape in counties]


def main(arguments: Sequence[str] | None = None) -> None:
    from geo.formats.facts import shandong_population

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="the CSV file to write")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    rows = generate_register_rows(load_shandong_counties(), shandong_population(), options.seed)
    write_register(rows, options.out)
    sys.stdout.write(f"{len(rows)} sample rows (示例): {options.out}\n")


if __name__ == "__main__":
    main()
