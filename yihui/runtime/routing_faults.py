"""Faults that prevent routing on streets."""

from core.faults import FaultError, FaultTable
from core.text_marks import N_

ROUTING_FAULTS = FaultTable(
    "routing",
    {
        "not_installed": (
            N_("Valhalla's programs valhalla_build_tiles and valhalla_service are not installed"),
            N_(
                "install yihui[routing] (Python 3.12 or newer), or name the folder that holds them in YIHUI_VALHALLA"
            ),
        ),
        "not_in_folder": (
            N_("Valhalla's programs valhalla_build_tiles and valhalla_service are not in {value}"),
            N_(
                "install yihui[routing] (Python 3.12 or newer), or name the folder that holds them in YIHUI_VALHALLA"
            ),
        ),
        "no_tiles": (
            N_("{value} holds no street tiles of ours"),
            N_("build them from an OpenStreetMap extract: yihui streets build FILE.osm.pbf --to FOLDER"),
        ),
        "no_answer": (
            N_("Valhalla gave no answer from {folder}: {value}"),
            N_("build the tiles again with the Valhalla that is installed now, or leave --routing out"),
        ),
    },
)


class RoutingUnavailable(FaultError):
    """Valhalla or its street tiles can't be used here."""
