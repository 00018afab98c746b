"""A keeper changes the register: at once, under the name of her key, which is checked again when it counts."""

import json
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.retries import run_in_transaction
from geo.registry import KeeperKey, find_keeper_key
from geo.registry.corrections import KEEPER
from geo.registry.photos import add_photo
from yihui.cases.stations.changing import (
    RegisteredStation,
    change_fields,
    load_registered,
    place,
)
from yihui.cases.stations.forms import MOST_KEEPER_M, PointForm, StationForm
from yihui.runtime.language import Language
from yihui.views.station_fields import field_change_lines

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from yihui.bootstrap import Wiring

_FAULTS = FaultTable(
    "keeper_mending",
    {"revoked": (N_("This key was revoked; nothing was changed."), N_("Ask the union for a new one."))},
)


def store_entry(wiring: "Wiring", key: KeeperKey, text: str, form: StationForm | PointForm) -> int:
    """Change the register under the key's name; return the number of the change, 0 if nothing differs.

    ``text`` is the key itself, which is checked again. *Raises*: FaultError.
    """

    def work(connection: "Connection") -> int:
        _require_key(connection, text)
        found = load_registered(connection, key.station, wiring.now())
        _change(wiring, connection, found, form, f"{KEEPER}{key.id}")
        version = load_registered(connection, key.station, wiring.now()).version
        return version if version != found.version else 0

    return run_in_transaction(wiring.database, work)


def _require_key(connection: "Connection", text: str) -> None:
    known = find_keeper_key(connection, text)
    if known is None or known.revoked_at is not None:
        raise FaultError(_FAULTS.build("revoked"))


def store_photo(wiring: "Wiring", key: KeeperKey, text: str, picture: bytes) -> None:
    """Store a photo (JPEG) that waits for an officer's look. *Raises*: FaultError."""

    def work(connection: "Connection") -> None:
        _require_key(connection, text)
        station = load_registered(connection, key.station, wiring.now()).station
        add_photo(connection, station.id, picture, f"{KEEPER}{key.id}", wiring.now())

    run_in_transaction(wiring.database, work)


def _change(
    wiring: "Wiring",
    connection: "Connection",
    found: RegisteredStation,
    form: StationForm | PointForm,
    by: str,
) -> None:
    if isinstance(form, PointForm):
        place(wiring, connection, found, form, by, wiring.now(), MOST_KEEPER_M)
    else:
        change_fields(connection, found.station, form, by, wiring.now())


def describe_change(wiring: "Wiring", station: str, number: str, language: Language) -> list[str] | None:
    """Return what a change that a keeper made says, a line for each field; None if there is no such change."""
    if not number.isdigit():
        return None
    with wiring.database.read() as connection:
        history = load_registered(connection, station, wiring.now()).history
    found = [one for one in history if str(one.sequence) == number and one.cause.startswith(KEEPER)]
    if not found:
        return None
    return list(field_change_lines(json.loads(found[0].before), json.loads(found[0].after), language))
