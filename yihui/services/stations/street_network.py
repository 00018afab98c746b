"""Open the street network of an installation: where its tiles lie is a setting."""

from pathlib import Path

from geo.nearest.travel import Travel
from yihui.bootstrap import Wiring
from yihui.runtime.routing_faults import RoutingUnavailable
from yihui.services.stations.routing import StreetNetwork


def open_street_network(wiring: Wiring, travel: Travel, folder: Path | None = None) -> StreetNetwork:
    """Open the tiles of a folder, else those of the installation. *Raises*: RoutingUnavailable."""
    return StreetNetwork.open(wiring.find_ways(folder) or wiring.data_folder / "streets", travel)


def has_street_network(wiring: Wiring) -> bool:
    """Return whether times by street can be computed here."""
    try:
        open_street_network(wiring, Travel.walk())
    except RoutingUnavailable:
        return False
    return True
