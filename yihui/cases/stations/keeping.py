"""A keeper changes the register: at once, under the name of her key, which is checked again when it counts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.retries import run_in_transaction
from geo.registry.corrections import KEEPER
from geo.registry.hand_changes import REVOKED
from geo.registry.keys import KeeperKey, find_keeper_key
from geo.registry.photos import add_photo, delete_photo
from geo.registry.reports import KeeperAnswer, RiderReport, load_reports_of_change
from geo.registry.statements import revoke_change
from yihui.cases.stations.changing import (
    RegisteredStation,
    change_fields,
    load_registered,
    lock_register,
    place,
)
from yihui.cases.stations.forms import MOST_KEEPER_M, PointForm, StationForm
from yihui.runtime.language import Language
from yihui.views.station_fields import field_change_lines

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from geo.registry.photos import StationPhoto
    from geo.registry.stations import StationHistoryEntry
    from yihui.bootstrap import Wiring

_FAULTS = FaultTable(
    "keeper_mending",
    {
        "revoked": (N_("This key was revoked; nothing was changed."), N_("Ask the union for a new one.")),
        "over": (
            N_("this can't be taken back any more: it was changed or looked at since"),
            N_("set it anew, or ask the union (12351)"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class StoredChange:
    """A change that a keeper made: a line for each field, and the reports that it answers.

    ``is_taking_back``: it takes an earlier one back. ``is_revocable``: it can be taken back itself.
    """

    lines: Sequence[str]
    answered: Sequence[tuple[RiderReport, KeeperAnswer]]
    is_taking_back: bool
    is_revocable: bool


def store_entry(wiring: "Wiring", key: KeeperKey, text: str, form: StationForm | PointForm) -> int:
    """Change the register under the key's name; return the number of the change, 0 if nothing differs.

    ``text`` is the key itself, which is checked again. *Raises*: FaultError.
    """

    def work(connection: "Connection") -> int:
        found = _begin(wiring, connection, key, text)
        _change(wiring, connection, found, form, f"{KEEPER}{key.id}")
        last = load_registered(connection, key.station, wiring.now()).history[-1].sequence
        return last if last != found.history[-1].sequence else 0

    return run_in_transaction(wiring.database, work)


def take_entry_back(wiring: "Wiring", key: KeeperKey, text: str, change: int) -> int:
    """Give back what was before a change under this key; return the number of that, also the second time.

    *Raises*: FaultError for another's change, and for one whose values hold no more.
    """
    by = f"{KEEPER}{key.id}"

    def work(connection: "Connection") -> int:
        found = _begin(wiring, connection, key, text)
        own = [one for one in found.history if one.cause == by and one.sequence == change]
        if own and own[0] in found.revocable:
            revoke_change(connection, found.station, change, by, wiring.now())
            return load_registered(connection, key.station, wiring.now()).history[-1].sequence
        if not own or (taken_back := _find_taking_back(found.history, own[0])) is None:
            raise FaultError(_FAULTS.build("over", field="change"))
        return taken_back

    return run_in_transaction(wiring.database, work)


def list_own_changes(
    wiring: "Wiring", key: KeeperKey, since: datetime
) -> "tuple[Sequence[StationHistoryEntry], Sequence[StationPhoto]]":
    """List the changes under a key since an instant that `take_entry_back` takes back, and its photos, newest first."""
    by = f"{KEEPER}{key.id}"
    with wiring.database.read() as connection:
        found = load_registered(connection, key.station, wiring.now())
    photos = [one for one in found.photos if one.by == by and one.at >= since and one.shown_at is None]
    return [one for one in found.revocable if one.cause == by and one.at >= since], photos


def _find_taking_back(history: "Sequence[StationHistoryEntry]", stored: "StationHistoryEntry") -> int | None:
    """Return the number of what took a change back, if that is all that its fields went through since."""
    before = json.loads(stored.before)
    since = [
        one
        for one in history
        if one.sequence > stored.sequence and before.keys() & json.loads(one.after).keys()
    ]
    is_taken_back = [(one.change, one.cause, json.loads(one.after)) for one in since] == [
        (REVOKED, stored.cause, before)
    ]
    return since[0].sequence if is_taken_back else None


def _begin(wiring: "Wiring", connection: "Connection", key: KeeperKey, text: str) -> RegisteredStation:
    """Lock the register, check the key, and load its station: nothing of it changes before this is over."""
    lock_register(wiring, connection)
    known = find_keeper_key(connection, text)
    if known is None or known.revoked_at is not None:
        raise FaultError(_FAULTS.build("revoked"))
    return load_registered(connection, key.station, wiring.now())


def store_photo(wiring: "Wiring", key: KeeperKey, text: str, picture: bytes) -> int:
    """Store a photo (JPEG) that waits for an officer's look; return its number. *Raises*: FaultError."""

    def work(connection: "Connection") -> int:
        station = _begin(wiring, connection, key, text).station
        return add_photo(connection, station.id, picture, f"{KEEPER}{key.id}", wiring.now())

    return run_in_transaction(wiring.database, work)


def take_photo_back(wiring: "Wiring", key: KeeperKey, text: str, number: int) -> None:
    """Delete a photo that came under this key, unless an officer has shown it. *Raises*: FaultError."""

    def work(connection: "Connection") -> None:
        photos = _begin(wiring, connection, key, text).photos
        found = [one for one in photos if one.number == number]
        if any(one.by != f"{KEEPER}{key.id}" or one.shown_at is not None for one in found):
            raise FaultError(_FAULTS.build("over", field="photo"))
        for one in found:
            delete_photo(connection, one.station, one.number)

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


def describe_change(wiring: "Wiring", station: str, number: int, language: Language) -> StoredChange | None:
    """Return what a change that a keeper made says; None if there is no such change."""
    with wiring.database.read() as connection:
        known = load_registered(connection, station, wiring.now())
        found = [one for one in known.history if one.sequence == number and one.cause.startswith(KEEPER)]
        answered = load_reports_of_change(connection, number) if found else ()
    if not found:
        return None
    lines = field_change_lines(json.loads(found[0].before), json.loads(found[0].after), language)
    return StoredChange(list(lines), answered, found[0].change == REVOKED, found[0] in known.revocable)
