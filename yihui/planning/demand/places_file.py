"""Read a list of well-known places, such as villages, crossroads or shops, that serve as landmarks."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError
from core.text_marks import N_

if TYPE_CHECKING:
    from geo.crs import Datum
    from geo.districts import Districts
    from geo.gaps import NamedPlaces


_ANY_KIND = {"kind": "outdoor_station"}  # the register reader requires a kind; the landmark reader ignores it
_HOURS = "the opening hours can't be understood: {value}"  # the message of a fault that doesn't matter for landmarks


def read_named_places(
    file: Path, datum: "Datum | None", districts: Callable[[], "Districts"]
) -> "NamedPlaces":
    """Read a list of names and coordinates with the register reader; return the rows with coordinates.

    *Raises*: FaultError with all faults of the file, or where no row has coordinates; OSError.
    """
    from geo.gaps import NamedPlaces
    from yihui.services.station_import import RegisterRequest, read_register

    intake = read_register(RegisterRequest(file, datum, constants=_ANY_KIND), districts)
    told = [fault for fault in (*intake.findings, *intake.reading.faults) if fault.message != _HOURS]
    if faults := [fault for fault in told if fault.severity == "error"]:
        raise FaultError(faults)
    places = NamedPlaces.from_stations(intake.reading.stations)
    if not places.names:
        raise FaultError([_no_place(file.name)])
    return places


def _no_place(file: str) -> Fault:
    return Fault(
        N_("no place of the file has coordinates"),
        N_("a line with the column names, then one line for each place: name, lon, lat"),
        file=file,
        field="--places",
    )
