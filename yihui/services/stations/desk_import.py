"""Read a register that an officer uploaded, and find which of its stations aren't the officer's to change."""

from pathlib import Path

from geo.datum import Datum
from geo.registry import load_stations
from yihui.access.actor import Actor
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.operation.uploads import load_upload
from yihui.services.stations.station_import import RegisterIntake, RegisterRequest, read_register


def read_upload(wiring: Wiring, actor: Actor, id_: str) -> RegisterIntake:
    """Read an uploaded register without writing anything. *Raises*: FaultError."""
    upload = load_upload(wiring, actor, id_)
    datum = upload.options.get("datum")
    request = RegisterRequest(
        Path(upload.name),
        Datum(datum) if datum else None,
        upload.options.get("register") or None,
        content=upload.content,
    )
    return read_register(request, lambda: wiring.outlines)


def list_foreign_stations(wiring: Wiring, scope: OfficerScope, intake: RegisterIntake) -> list[str]:
    """Return the stations outside of the officer's districts that the file has, or that its register has now."""
    if scope.is_everywhere:
        return []
    with wiring.database.read() as connection:
        present = load_stations(connection, register=intake.register.name)
    every = {station.id: station for station in (*present, *intake.reading.stations)}
    return [station.id for station in every.values() if not scope.covers_district(station.district)]
