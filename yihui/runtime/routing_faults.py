"""Faults that prevent routing on streets."""

from core.faults import Fault
from core.text_marks import N_


class RoutingUnavailable(Exception):
    """Valhalla or its street tiles can't be used here."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.faults = (fault,)


def programs_missing_fault(named: str) -> Fault:
    """Return the fault for missing Valhalla programs."""
    return Fault(
        N_("Valhalla's programs valhalla_build_tiles and valhalla_service are not in {value}")
        if named
        else N_("Valhalla's programs valhalla_build_tiles and valhalla_service are not installed"),
        N_(
            "install yihui[routing] (Python 3.12 or newer), or name the folder that holds them in YIHUI_VALHALLA"
        ),
        field="YIHUI_VALHALLA",
        value=named,
    )


def tiles_missing_fault(folder: str) -> Fault:
    """Return the fault for a folder without street tiles of this product."""
    return Fault(
        N_("{value} holds no street tiles of ours"),
        N_("build them from an OpenStreetMap extract: yihui routing build FILE.osm.pbf --to FOLDER"),
        field="--routing",
        value=folder,
    )


def routing_failed_fault(folder: str, said: str) -> Fault:
    """Return the fault for a Valhalla call without a usable answer."""
    return Fault(
        N_("Valhalla gave no answer from {folder}: {value}"),
        N_("build the tiles again with the Valhalla that is installed now, or leave --routing out"),
        field="--routing",
        value=said,
        params={"folder": folder},
    )
