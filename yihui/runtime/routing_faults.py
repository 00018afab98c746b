"""What keeps real ways from being had."""

from core.faults import Fault

N_ = str  # marks a text for the message catalogue


class NoRouting(Exception):
    """Valhalla or its tiles can't be used here."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.faults = (fault,)


def no_programs(named: str) -> Fault:
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


def no_tiles(folder: str) -> Fault:
    return Fault(
        N_("{value} holds no street tiles of ours"),
        N_("build them from an OpenStreetMap extract: yihui routing build FILE.osm.pbf --to FOLDER"),
        field="--routing",
        value=folder,
    )


def failed(folder: str, said: str) -> Fault:
    return Fault(
        N_("Valhalla gave no answer from {folder}: {value}"),
        N_("build the tiles again with the Valhalla that is installed now, or leave --routing out"),
        field="--routing",
        value=said,
        params={"folder": folder},
    )
