"""A keeper takes back what an officer is changing at that instant: the officer's word stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from core.faults import FaultError
from geo.registry.hand_changes import change_by_hand
from geo.registry.keys import find_keeper_key, issue_keeper_key
from geo.registry.photos import list_photos, show_photo
from geo.registry.stations import find_station
from tests.yihui.http.conftest import STATIONS, Clock, import_into
from tests.yihui.http.serving import until
from yihui.bootstrap import Settings, Wiring
from yihui.cases.stations.calls import (
    PhoneForm,
    store_entry,
    store_photo,
    take_entry_back,
    take_photo_back,
)
from yihui.cases.stations.changing import lock_register


def is_waited_for(wiring: Wiring) -> bool:
    """Return whether a transaction waits for another one's end."""
    with wiring.database.read() as connection:
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(connection.execute(waiting).scalar_one())


@pytest.mark.needs("postgres")
def test_what_an_officer_changes_meanwhile_is_not_taken_back(
    migrated_server: str, tmp_path: Path, clock: Clock
) -> None:
    wiring = Wiring(Settings(migrated_server, tmp_path), clock)
    import_into(wiring, STATIONS)
    with wiring.database.write() as connection:
        typed = issue_keeper_key(connection, "quancheng", clock.now).text
        key = find_keeper_key(connection, typed)
    assert key is not None
    change = store_entry(wiring, key, typed, PhoneForm(phone="0531-88881234"))
    photo = store_photo(wiring, key, typed, b"jpeg")

    def set_phone(connection: Connection) -> None:
        change_by_hand(connection, "quancheng", {"phone": "0531-88885678"}, "li.min", clock.now)

    def show(connection: Connection) -> None:
        show_photo(connection, "quancheng", photo, "li.min", clock.now)

    races: list[tuple[Callable[[Connection], None], Callable[[], object]]] = [
        (set_phone, lambda: take_entry_back(wiring, key, typed, change)),
        (show, lambda: take_photo_back(wiring, key, typed, photo)),
    ]
    with ThreadPoolExecutor(1) as pool:
        for officer, keeper in races:
            with wiring.database.write() as connection:
                lock_register(wiring, connection)
                officer(connection)
                later = pool.submit(keeper)
                until(lambda: is_waited_for(wiring))
            with pytest.raises(FaultError):
                later.result(30)
    with wiring.database.read() as connection:
        found = find_station(connection, "quancheng")
        assert found is not None and found.phone == "0531-88885678"
        assert [one.number for one in list_photos(connection, "quancheng")] == [photo]
    wiring.close()
