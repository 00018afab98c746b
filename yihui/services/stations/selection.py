"""Select the stations of a command: those of a register, of a district, or all."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.districts import area_code_prefix
from geo.formats.outlines import load_area_names
from geo.registry.stations import load_registers, load_stations
from geo.station import Station
from yihui.bootstrap import Wiring

_NO_DISTRICT = N_("no district has the code or the name “{value}”")
_NO_REGISTER = N_("there is no register “{value}”")
_FAULTS = FaultTable(
    "station_selection",
    {
        "misspelt_district": (_NO_DISTRICT, N_("names that come near: {near}")),
        "no_district": (
            _NO_DISTRICT,
            N_("give a district's code, the beginning of one, or its full Chinese name"),
        ),
        "no_register": (_NO_REGISTER, N_("there are: {known}")),
        "no_registers": (_NO_REGISTER, N_("import one: yihui stations import FILE.csv --datum wgs84")),
    },
)


_CODE_DIGITS = 6


def select_stations(
    wiring: Wiring, *, register: str | None = None, district: str | None = None
) -> list[Station]:
    """Return the stations of a register or a district, or all.

    ``district`` is a code, the beginning of one, or a name as its stations or the outlines state it.
    *Raises*: FaultError for an unknown register or district.
    """
    check_register(wiring, register)
    with wiring.database.read() as connection:
        stations = load_stations(connection, register=register)
    if district is None:
        return stations
    return (_by_code if district.isdecimal() else _by_name)(wiring, stations, district.strip())


def check_register(wiring: Wiring, register: str | None) -> None:
    """Check that the register exists. *Raises*: FaultError that lists the registers."""
    if register is None:
        return
    with wiring.database.read() as connection:
        names = [summary.name for summary in load_registers(connection)]
    if register not in names:
        code = "no_register" if names else "no_registers"
        known = wiring.language.format_list(names)
        raise FaultError(_FAULTS.build(code, field="--register", value=register, known=known))


def _by_code(wiring: Wiring, stations: Sequence[Station], code: str) -> list[Station]:
    beginning = area_code_prefix(code) if len(code) == _CODE_DIGITS else code
    found = [station for station in stations if (station.district or "").startswith(beginning)]
    if not found and not any(known.startswith(beginning) for known in load_area_names()):
        raise FaultError(_no_district(code, ()))
    return found


def _by_name(wiring: Wiring, stations: Sequence[Station], name: str) -> list[Station]:
    names = load_area_names()
    areas = tuple(area_code_prefix(code) for code, known in names.items() if known == name)
    found = [
        station
        for station in stations
        if station.district_name == name or (areas and (station.district or "").startswith(areas))
    ]
    if not found and not areas:
        raise FaultError(_no_district(name, _near(name, stations, names)))
    return found


def _near(name: str, stations: Sequence[Station], names: Mapping[str, str]) -> list[str]:
    stated = {station.district_name for station in stations if station.district_name}
    return get_close_matches(name, sorted(stated | set(names.values())))


def _no_district(text: str, near: Sequence[str]) -> Fault:
    code = "misspelt_district" if near else "no_district"
    return _FAULTS.build(code, field="--district", value=text, near=" ".join(near))
