"""Two officers upload at the same time: both files stay, and each is deleted after a day."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from core.faults import FaultError
from tests.yihui.services.joining_people import Clock, joining_wiring
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.services.operation.uploads import (
    STORED_FOR,
    change_upload_options,
    delete_old_uploads,
    load_upload,
    store_upload,
)

pytestmark = pytest.mark.usefixtures("migrated")

LI, WU = (Actor(name, name, ActorKind.OFFICER) for name in ("li.min", "wu.gang"))
SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wiring(tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = joining_wiring(str(tmp_path / "yihui.db"), tmp_path, clock)
    yield made
    made.close()


def test_an_upload_leaves_the_one_that_another_officer_has_begun(wiring: Wiring) -> None:
    begun = wiring.data_folder / "uploads" / ("0" * 32)
    begun.mkdir(parents=True)
    (begun / "content").write_bytes(b"half of it")
    id_ = store_upload(wiring, LI, "roll.csv", b"id\n", {})
    assert (begun / "content").read_bytes() == b"half of it"
    with pytest.raises(FaultError):
        load_upload(wiring, WU, begun.name)
    assert load_upload(wiring, LI, id_).content == b"id\n"
    with pytest.raises(FaultError):
        load_upload(wiring, WU, id_)


def test_uploads_of_one_moment_are_all_stored(wiring: Wiring) -> None:
    at_once = Barrier(8)

    def upload(number: int) -> list[str]:
        at_once.wait()
        return [store_upload(wiring, LI, "roll.csv", b"%d" % number, {}) for _ in range(10)]

    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(upload, range(8)))
    for number, ids in enumerate(stored):
        assert {load_upload(wiring, LI, id_).content for id_ in ids} == {b"%d" % number}
    names = {one.name for one in (wiring.data_folder / "uploads").iterdir()}
    assert names == {id_ for ids in stored for id_ in ids}


def test_an_upload_is_deleted_a_day_after_it_was_sent(wiring: Wiring, clock: Clock) -> None:
    begun = clock()
    id_ = store_upload(wiring, LI, "roll.csv", b"id\n", {})
    change_upload_options(wiring, LI, id_, {"kind": "roll"})  # begins no other day
    delete_old_uploads(wiring, begun + STORED_FOR - SECOND)
    assert load_upload(wiring, LI, id_).options == {"kind": "roll"}
    delete_old_uploads(wiring, begun + STORED_FOR + SECOND)
    with pytest.raises(FaultError):
        load_upload(wiring, LI, id_)
    assert not list((wiring.data_folder / "uploads").iterdir())
