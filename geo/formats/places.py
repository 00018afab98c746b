"""Which district a row means: by the code or the name that it gives, else by its point."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

from core.faults import Fault
from geo.formats.wording import simplified

N_ = str  # marks a text for the message catalogue

_ABOVE = re.compile(r"(?:[^市区县]{2,8}?(?:省|自治区))?(?:(?P<city>[^省市区县]{2,8})市)?")
_LONGEST = 16  # characters of a district's name


class Named(Protocol):
    """A district as `geo.districts.District`."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def city(self) -> str: ...


class Names(Protocol):
    """What is asked of `geo.districts.Districts`; its ``by_name`` understands 历下 for 历下区, slowly."""

    @property
    def districts(self) -> Sequence[Named]: ...
    def by_name(self, name: str) -> Sequence[Named]: ...


@dataclass(frozen=True, slots=True)
class Stated:
    """What a row says of its district, and the district in which its point lies."""

    code: str = ""
    district: str = ""
    city: str = ""
    address: str = ""
    located: str | None = None


class Gazetteer:
    """Finds districts by what rows state."""

    def __init__(self, names: Names) -> None:
        self._by_code = {place.code: place for place in names.districts}
        self._exact: dict[str, list[Named]] = defaultdict(list)
        for place in names.districts:
            self._exact[place.name].append(place)
        self._loosely = cache(names.by_name)

    def name(self, code: str | None) -> str:
        named = self._by_code.get(code or "")
        return named.name if named else ""

    def find(self, stated: Stated) -> str | Fault | None:
        """The code of the district meant, None where nothing tells, or what is wrong."""
        if stated.code:
            return stated.code if stated.code in self._by_code else _unknown("district_code", stated.code)
        if not stated.district:
            return stated.located
        if stated.district in self._by_code:
            return stated.district
        named = self._named(stated)
        return _best(named, stated) if named else _unknown("district", stated.district)

    def stated(self, stated: Stated) -> str | None:
        """The code of the district that the row names, whatever its point says: by code or name, else by its
        address, where that begins with one; None where nothing tells it apart."""
        alone = replace(stated, located=None)
        found = self.find(alone) if stated.code or stated.district else None
        return found if isinstance(found, str) else self._in_address(alone)

    def _in_address(self, stated: Stated) -> str | None:
        """山东省济南市历下区… and 历下区…, but not 泉城路近历下区…; a city must fit where one is named."""
        text = simplified(stated.address).replace(" ", "")
        city = _bare(simplified(stated.city))
        if begins := _ABOVE.match(text):
            text, city = text[begins.end() :], begins["city"] or city
        for length in range(min(len(text), _LONGEST), 1, -1):
            named = self._exact.get(text[:length], [])
            fits = [place for place in named if not city or city in place.city]
            if named:
                return fits[0].code if len(fits) == 1 else None
        return None

    def _named(self, stated: Stated) -> Sequence[Named]:
        """The districts of that name, in the stated city where it has such.

        Where the outlines have no parts of a city (臺北市, 东莞市), its own name is a district's.
        """
        city, name = simplified(stated.city), simplified(stated.district)
        named = self._exact.get(name, [])
        if city and not any(place.code == stated.located for place in named):
            within = [place for place in named if _bare(city) in place.city]
            named = within or self._exact.get(city) or named
        return named or self._loosely(name)


def _bare(city: str) -> str:
    return city.rstrip("市")


def _best(named: Sequence[Named], stated: Stated) -> str | Fault:
    """Of several districts of one name: the one the point lies in, else that of the city or address."""
    if len(named) == 1 or any(place.code == stated.located for place in named):
        return next((place.code for place in named if place.code == stated.located), named[0].code)
    near = (stated.located or "")[:4]
    for fits in (
        [place for place in named if near and place.code.startswith(near)],
        [place for place in named if place.city and _bare(place.city) in stated.address],
    ):
        if len(fits) == 1:
            return fits[0].code
    return Fault(
        N_("there are several districts named “{value}”: {cities}"),
        N_("add a column with the city or with the six-digit code"),
        field="district",
        value=stated.district,
        params={"cities": ", ".join(f"{place.city} {place.code}" for place in named)},
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
