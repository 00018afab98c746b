"""What ``yihui plan access`` is to measure, and its checks."""

from collections.abc import Iterator, Mapping
from math import isfinite, nan
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from core.faults import Fault, FaultTable, raise_faults
from core.prompts import Prompt
from core.text_marks import N_
from yihui.planning.demand.request import ShortText
from yihui.planning.file_fields import FileOf, check_by
from yihui.planning.order import LEVELS, TABLE_FILES, GroundOrder

_ZONES_FIELD = "--zones"
_MAX_END_M = 100_000.0
_HOW = N_("write metres and weight of each zone, the nearest first, such as 500:1,1000:0.5")
ACCESS_OPTION_FAULTS = FaultTable(
    "usage",
    {
        "radius_and_zones": (N_("{option_radius} {value} and {option_zones} say two things"), N_("give one of them")),
        "no_table": (N_("no table of capacities is given"), N_("choose the file, or another capacity")),
        "no_zone": (N_("“{value}” is no zone"), _HOW),
        "negative_weight": (N_("the weight of a zone is below 0: {value}"), N_("give weights of 0 or more")),
        "zone_end": (N_("a zone can't end there: {value}"), N_("give metres, above 0 and up to 100,000 (100 km)")),
        "zone_order": (N_("the zones don't increase: {value} m comes after {before} m"), _HOW),
        "no_weight": (N_("the weight of every zone is 0: {value}"), N_("give one of them a weight above 0")),
    },
)  # fmt: skip


class AccessOrder(GroundOrder):
    """What to measure. ``by`` is the level of the listed areas; None takes the level below ``area``.

    With ``streets`` the zones end in metres along the streets, or a limit in minutes replaces them.
    """

    zones_typed: Annotated[
        ShortText | None,
        check_by(lambda text: parse_zones(text)),
        Prompt(
            N_("Zones instead of a reach, as metres:weight, such as 500:1,1000:0.5"),
            option="--zones",
            metavar="M:WEIGHT,…",
        ),
    ] = None
    capacity_typed: Annotated[
        str,
        Prompt(
            N_("What each place offers"),
            option="--capacity",
            help=N_("what each place offers: a number, the size of its room, or a table 编号, 容量"),
            metavar="N|area_m2|FILE",
            only="command",
        ),
    ] = "1"
    capacity_chosen: Annotated[
        Literal["1", "area_m2", "table"],
        Prompt(
            N_("What each place offers"),
            labels={
                "1": N_("all the same"),
                "area_m2": N_("the size of its room"),
                "table": N_("as a table says"),
            },
            option="--capacity",
            only="page",
        ),
    ] = "1"
    capacity_file: Annotated[
        Path | None,
        FileOf(*TABLE_FILES),
        Prompt(N_("Table of capacities, with the columns 编号 and 容量"), option="--capacity", only="page"),
    ] = None
    by: Annotated[
        Literal["province", "city", "county", "township", "community"] | None,
        Prompt(N_("Table by"), labels=LEVELS, is_further=True),
    ] = None

    meant: ClassVar[Mapping[str, str]] = {
        "zones_typed": "zones",
        "capacity_typed": "capacity",
        "capacity_chosen": "",
        "capacity_file": "",
    }

    @property
    def zones(self) -> tuple[tuple[float, float], ...]:
        """The zones as (end in metres, weight) in place of a radius; plain 2SFCA has one of weight 1."""
        return parse_zones(self.zones_typed) if self.zones_typed else ((self.radius_m, 1.0),)

    @property
    def capacity(self) -> str:
        """What each place offers: a number, ``area_m2`` or a file."""
        if self.capacity_chosen == "table":
            return str(self.capacity_file)
        return self.capacity_typed if self.capacity_chosen == "1" else self.capacity_chosen

    def find_faults(self) -> Iterator[Fault]:
        yield from super().find_faults()
        if self.zones_typed and "radius_m" in self.model_fields_set:
            yield _zone_fault("radius_and_zones", f"{self.radius_m:g}")
        if self.capacity_chosen == "table" and self.capacity_file is None:
            yield ACCESS_OPTION_FAULTS.build("no_table", field="capacity_file")


def parse_zones(text: str) -> tuple[tuple[float, float], ...]:
    """Parse zones into (end in metres, weight), the nearest first. *Raises*: FaultError with all faults."""
    parts = [part.strip() for part in text.replace("，", ",").replace("：", ":").split(",")]
    zones: list[tuple[float, float]] = []
    faults: list[Fault] = []
    for part in parts:
        try:
            end, weight = map(float, part.split(":"))
        except ValueError:
            end = weight = nan
        if not (isfinite(end) and isfinite(weight)):
            faults.append(_zone_fault("no_zone", part))
            continue
        if weight < 0 or not 0 < end <= _MAX_END_M:
            faults.append(_zone_fault("negative_weight" if weight < 0 else "zone_end", part))
        if zones and end <= zones[-1][0]:
            faults.append(_zone_fault("zone_order", f"{end:g}", before=f"{zones[-1][0]:g}"))
        zones.append((end, weight))
    if len(zones) == len(parts) and not any(weight for _, weight in zones):
        faults.append(_zone_fault("no_weight", ",".join(parts)))
    raise_faults(faults)
    return tuple(zones)


def _zone_fault(code: str, value: str, before: str = "") -> Fault:
    return ACCESS_OPTION_FAULTS.build(code, field=_ZONES_FIELD, value=value, before=before)
