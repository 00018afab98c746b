"""Find the district of a row: by the code or the name that it states, else by its point."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from core.faults import Fault, FaultTable
from core.simplified import to_simplified
from core.text_marks import N_

if TYPE_CHECKING:
    from geo.districts import District, Districts

_FAULTS = FaultTable(
    "gazetteer",
    {
        "unknown_district": (
            N_("the district “{value}” is not known"),
            N_(
                "write its full official name (历下区) or its six-digit code; functional zones such as "
                "高新区 are no districts: give the district that they lie in"
            ),
        ),
        "foreign_code": (
            N_("“{value}” is no code of a district"),
            N_(
                "the district is that of the point or of the address; to name it, write its six-digit code of "
                "GB/T 2260 or its full official name, or leave the column out with --ignore"
            ),
        ),
        "several_districts": (
            N_("there are several districts named “{value}”: {cities}"),
            N_("add a column with the city or with the six-digit code"),
        ),
    },
)

_PROVINCE = re.compile(r"^[^市区县]{2,8}?(?:省|自治区)")
_CITY = re.compile(r"([^省市区县]{2,8})市")
_LONGEST = 16  # characters of a district's name
# A code of the statistical offices begins with that of its district; tables may write codes as numbers.
_STATISTICAL = re.compile(r"([0-9]{6})(?:[0-9]{3}|[0-9]{6})?(?:\.0+)?")
_HANZI = re.compile(r"[㐀-鿿]")


@dataclass(frozen=True, slots=True)
class DistrictClues:
    """What a row states about its district; ``located`` is the district that contains its point."""

    code: str = ""
    district: str = ""
    city: str = ""
    address: str = ""
    located: str | None = None


class Gazetteer:
    """Find districts by what rows state."""

    def __init__(self, names: "Districts") -> None:
        self._by_code = {place.code: place for place in names.districts}
        self._exact: dict[str, list[District]] = defaultdict(list)
        for place in names.districts:
            self._exact[place.name].append(place)
        self._cities = {_bare(place.city) for place in names.districts}
        self._loosely = cache(names.find_by_name)  # finds 历下区 for 历下 too, but is slow

    def name_of_code(self, code: str | None) -> str:
        """Return the name of a district; empty if the code is not known."""
        named = self._by_code.get(code or "")
        return named.name if named else ""

    def name_district(self, stated: str, code: str | None) -> str:
        """Return the district's name as the row states it; a code is no name where the official one is known."""
        return stated if _HANZI.search(stated) else self.name_of_code(code) or stated

    def find(self, stated: DistrictClues) -> str | Fault | None:
        """Return the code of the district that the row means, None if nothing states it, or a fault.

        A code that is none of a district states nothing: other systems have codes of their own.
        """
        known = self._known_code(stated.code) or self._known_code(stated.district)
        if known:
            return known
        if not _HANZI.search(stated.district):
            return stated.located
        named = self._named(stated)
        return (
            _best(named, stated)
            if named
            else _FAULTS.build("unknown_district", field="district", value=stated.district)
        )

    def foreign_codes(self, stated: DistrictClues) -> list[Fault]:
        """Return a warning for each code of the row that is no code of a district.

        Where one code of the row is known, the others don't matter.
        """
        if self._known_code(stated.code) or self._known_code(stated.district):
            return []
        cells = {"district_code": stated.code, "district": stated.district}
        return [
            _FAULTS.build("foreign_code", field=name, value=text, severity="warning")
            for name, text in cells.items()
            if text and not self._known_code(text) and (name == "district_code" or not _HANZI.search(text))
        ]

    def _known_code(self, text: str) -> str | None:
        """Return the code of the district in a code of GB/T 2260 or of the statistical offices."""
        code = _STATISTICAL.fullmatch(unicodedata.normalize("NFKC", text))
        return code[1] if code and code[1] in self._by_code else None

    def find_stated(self, stated: DistrictClues) -> str | None:
        """Return the code of the district that the row names, without regard to its point.

        The code or name counts first, then the beginning of the address. Return None if nothing identifies
        one district.
        """
        alone = replace(stated, located=None)
        found = self.find(alone) if stated.code or stated.district else None
        return found if isinstance(found, str) else self._in_address(alone)

    def _in_address(self, stated: DistrictClues) -> str | None:
        """Find the district with which the address begins; if a city is named too, the district must be in it.

        山东省济南市历下区…, 济南历下区…, 历下区… and 龙口市… are found, but not 泉城路近历下区….
        """
        text = _PROVINCE.sub("", _simplified(stated.address).replace(" ", ""))
        above = _CITY.match(text)
        cities = [text[:length] for length in (2, 3, 4) if text[:length] in self._cities]
        readings = [
            *([(text[above.end() :], above[1])] if above else []),
            *((text.removeprefix(city), city) for city in cities),
            (text, _bare(_simplified(stated.city))),
        ]
        for rest, city in readings:
            for length in range(min(len(rest), _LONGEST), 1, -1):
                if named := self._exact.get(rest[:length], []):
                    fits = [place for place in named if not city or city in place.city]
                    return fits[0].code if len(fits) == 1 else None
        return None

    def _named(self, stated: DistrictClues) -> Sequence["District"]:
        """Return the districts with the stated name, in the stated city if there are any.

        Some cities have no districts in the outlines (臺北市, 东莞市). There the city's name is a district's name.
        """
        city, name = _simplified(stated.city), _simplified(stated.district)
        named = self._exact.get(name, [])
        if city and not any(place.code == stated.located for place in named):
            within = [place for place in named if _bare(city) in place.city]
            named = within or self._exact.get(city) or named
        return named or self._loosely(name)


def _simplified(text: str) -> str:
    return to_simplified(unicodedata.normalize("NFKC", text))


def _bare(city: str) -> str:
    return city.rstrip("市")


def _best(named: Sequence["District"], stated: DistrictClues) -> str | Fault:
    """Choose between districts of one name: the one that contains the point, else by city, else by address.

    Return a fault if several remain.
    """
    if len(named) == 1 or any(place.code == stated.located for place in named):
        return next((place.code for place in named if place.code == stated.located), named[0].code)
    near = (stated.located or "")[:4]
    for fits in (
        [place for place in named if near and place.code.startswith(near)],
        [place for place in named if place.city and _bare(place.city) in stated.address],
    ):
        if len(fits) == 1:
            return fits[0].code
    return _FAULTS.build(
        "several_districts",
        field="district",
        value=stated.district,
        cities=", ".join(f"{place.city} {place.code}" for place in named),
    )
