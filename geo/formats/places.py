"""Which district a row means: by the code or the name that it gives, else by its point."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from geo.faults import Fault

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Place:
    """One district with the names above it."""

    code: str
    district: str
    city: str
    province: str


@dataclass(frozen=True, slots=True)
class Stated:
    """What a row says of its district, and the district in which its point lies."""

    code: str = ""
    district: str = ""
    city: str = ""
    address: str = ""
    located: str | None = None


class Gazetteer:
    """Names and codes of districts. A province without any (台湾省 in our outlines) has no names to check."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_code = {place.code: place for place in places}
        by_name: dict[str, list[Place]] = defaultdict(list)
        for place in self._by_code.values():
            by_name[place.district].append(place)
        self._by_name: Mapping[str, list[Place]] = by_name

    def name(self, code: str | None) -> str:
        place = self._by_code.get(code or "")
        return place.district if place else ""

    def undivided(self, code: str | None) -> bool:
        """Is this district a whole province, since the outlines know none within it?"""
        return code is not None and code.endswith("0000")

    def find(self, stated: Stated) -> str | Fault | None:
        """The code of the district meant, None where nothing tells, or what is wrong."""
        if stated.code:
            return stated.code if stated.code in self._by_code else _unknown("district_code", stated.code)
        if not stated.district or self.undivided(stated.located):
            return stated.located
        if stated.district in self._by_code:
            return stated.district
        named = self._by_name.get(stated.district, [])
        if not named:
            return _unknown("district", stated.district)
        return _best(named, stated)


def _best(named: list[Place], stated: Stated) -> str | Fault:
    """Of several districts of one name: the one the point lies in, else that of the city or address."""
    if len(named) == 1 or any(place.code == stated.located for place in named):
        return next((place.code for place in named if place.code == stated.located), named[0].code)
    near = (stated.located or "")[:4]
    for fits in (
        [place for place in named if near and place.code.startswith(near)],
        [place for place in named if stated.city and stated.city.rstrip("市") in place.city],
        [place for place in named if place.city and place.city.rstrip("市") in stated.address],
    ):
        if len(fits) == 1:
            return fits[0].code
    return Fault(
        N_("there are several districts named “{value}”: {cities}"),
        N_("add a column with the city or with the six-digit code"),
        field="district",
        value=stated.district,
        params={"cities": ", ".join(f"{p.city} {p.code}" for p in named)},
    )


def _unknown(field: str, value: str) -> Fault:
    return Fault(
        N_("the district “{value}” is not known"),
        N_(
            "write its full official name (历下区) or its six-digit code; functional zones such as "
            "高新区 are no districts: give the district that they lie in"
        ),
        field=field,
        value=value,
    )
