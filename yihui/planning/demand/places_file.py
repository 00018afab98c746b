"""A list of places that people know, such as villages, crossroads or shops, by which others are found."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, InputFaults

if TYPE_CHECKING:
    from geo.crs import Datum
    from geo.districts import Districts
    from geo.gaps import NamedPlaces

N_ = str  # marks a text for the message catalogue

_ANY_KIND = {"kind": "outdoor_station"}  # a register's reader asks for one; here nobody looks at it
_HOURS = "the opening hours can't be understood: {value}"  # nobody asks a village for them


def read_places(file: Path, datum: "Datum | None", districts: Callable[[], "Districts"]) -> "NamedPlaces":
    """The placed rows of a list with names and coordinates, read as a register is.

    *Raises*: InputFaults with all that is wrong with the file, or for none that is placed; OSError.
    """
    from geo.gaps import NamedPlaces
    from yihui.services.station_import import Request, read_register

    intake = read_register(Request(file, datum, constants=_ANY_KIND), districts)
    told = [fault for fault in (*intake.findings, *intake.reading.faults) if fault.message != _HOURS]
    if faults := [fault for fault in told if fault.severity == "error"]:
        raise InputFaults(faults)
    places = NamedPlaces.of_stations(intake.reading.stations)
    if not places.names:
        raise InputFaults([_no_place(file.name)])
    return places


def _no_place(file: str) -> Fault:
    return Fault(
        N_("no place of the file has coordinates"),
        N_("a line with the column names, then one line for each place: name, lon, lat"),
        file=file,
        field="--places",
    )
