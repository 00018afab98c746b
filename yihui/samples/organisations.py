"""The union organisations of the sample members: five levels in eight counties.

A code contains its location: ``370202`` is a county, ``370202001`` a township in it, ``370202001-00017`` an
enterprise there. Townships and enterprises are made up and marked 示例; a member without an employer's union
belongs to the township itself (网上会员之家).
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from geo.formats.facts import parse_census_areas, read_packaged_table

COUNTIES = ("370102", "370112", "370202", "370203", "370211", "370811", "371002", "371302")
TOWNSHIPS_PER_COUNTY = 2
EMPLOYERS = ("外卖配送站", "快递网点", "货运公司", "建筑公司", "环卫公司", "机械厂")
PLATFORMS = ("美团", "饿了么", "京东", "滴滴", "顺丰", "中通", "圆通", "货拉拉", "骑手", "外卖", "快递", "网约车")  # fmt: skip
HEADER = ("code", "name", "level", "parent")


@dataclass(frozen=True, slots=True)
class SampleOrganisation:
    """One row of ``organisations.csv``."""

    code: str
    name: str
    level: str
    parent: str


def township_codes() -> tuple[str, ...]:
    """Return the codes of the townships."""
    return tuple(f"{county}{n:03d}" for county in COUNTIES for n in range(1, TOWNSHIPS_PER_COUNTY + 1))


def enterprise_codes() -> tuple[str, ...]:
    """Return the codes of the enterprises."""
    return tuple(f"{town}-{n:05d}" for town in township_codes() for n in range(12, 12 + len(EMPLOYERS)))


def list_organisations() -> tuple[SampleOrganisation, ...]:
    """Return all organisations, each after its parent."""
    names = {
        area.code: area.name for area in parse_census_areas(read_packaged_table("shandong_census_2020.csv"))
    }
    return tuple(_organisations(names))


def _organisations(names: Mapping[str, str]) -> Iterator[SampleOrganisation]:
    yield SampleOrganisation("370000", f"{names['370000']}总工会", "province", "")
    for city in sorted({f"{county[:4]}00" for county in COUNTIES}):
        yield SampleOrganisation(city, f"{names[city]}总工会", "city", "370000")
    for county in COUNTIES:
        yield SampleOrganisation(county, f"{names[county]}总工会", "county", f"{county[:4]}00")
    for town in township_codes():
        name = f"{names[town[:6]]}示例{int(town[6:])}街道工会联合会"
        yield SampleOrganisation(town, name, "township", town[:6])
    for code in enterprise_codes():
        town, _, number = code.partition("-")
        name = f"{names[town[:6]]}示例{int(town[6:])}街道{EMPLOYERS[int(number) - 12]}工会（示例）"
        yield SampleOrganisation(code, name, "enterprise", town)


def write_organisations(out: Path) -> None:
    """Write ``organisations.csv`` as UTF-8."""
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows((o.code, o.name, o.level, o.parent) for o in list_organisations())
