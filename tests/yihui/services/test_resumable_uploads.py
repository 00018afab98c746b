"""Uploads of officers: resumed, beside each other, deleted after a day."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.faults import FaultError
from tests.yihui.refusals import codes, do_at_once, faults_of
from tests.yihui.services.joining_people import Clock, joining_wiring
from tests.yihui.services.logging_in import CONSOLE
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.operations.uploads import (
    STORED_FOR,
    change_upload_options,
    delete_old_uploads,
    load_upload,
    store_upload,
)
from yihui.services.attachments.resumable_uploads import (
    MAX_PART_BYTES,
    MIN_PART_BYTES,
    MOST_OPEN,
    append_part,
    begin_upload,
    delete_member_uploads,
    delete_old_resumable_uploads,
    find_upload,
    read_upload,
)

pytestmark = pytest.mark.usefixtures("migrated")

CONTENT = bytes(range(256)) * 4_000
ME, OTHER, PLACE = "m-1", "m-2", "apply:school"


@pytest.fixture
def wiring(tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = joining_wiring(str(tmp_path / "yihui.db"), tmp_path, clock)
    yield made
    made.close()


def begin(wiring: Wiring, content: bytes = CONTENT, member: str = ME) -> str:
    digest = sha256(content).hexdigest()
    return begin_upload(wiring, member, PLACE, "发票", len(content), digest).id


def test_an_upload_cut_at_nine_tenths_goes_on_where_it_ended(wiring: Wiring) -> None:
    id_ = begin(wiring)
    cut = len(CONTENT) * 9 // 10
    for start in range(0, cut, 153_600):
        append_part(wiring, ME, id_, start, CONTENT[start : start + 153_600])
    assert begin(wiring) == id_  # the same file was chosen again, after the phone was restarted
    found = find_upload(wiring, ME, id_)
    assert (found.offset, found.is_whole) == (cut, False)
    whole = append_part(wiring, ME, id_, cut, CONTENT[cut:])
    assert whole.is_whole and read_upload(wiring, ME, whole) == CONTENT


def test_a_part_counts_once_and_only_where_the_upload_stands(wiring: Wiring) -> None:
    id_ = begin(wiring)
    append_part(wiring, ME, id_, 0, CONTENT[:100_000])
    for offset in (0, 99_999, 100_001, -1):
        assert codes(append_part, wiring, ME, id_, offset, b"x") == ["resumed_upload.offset"]
    assert find_upload(wiring, ME, id_).offset == 100_000


def test_only_the_last_part_may_be_small(wiring: Wiring) -> None:
    content = CONTENT[: MIN_PART_BYTES + 1]
    id_ = begin(wiring, content)
    for size in (1, MIN_PART_BYTES - 1):
        assert codes(append_part, wiring, ME, id_, 0, content[:size]) == ["resumed_upload.small"]
    append_part(wiring, ME, id_, 0, content[:-1])
    assert append_part(wiring, ME, id_, MIN_PART_BYTES, content[-1:]).is_whole


def test_of_two_tabs_that_finish_at_once_the_second_hears_that_the_upload_is_gone(
    wiring: Wiring, tmp_path: Path
) -> None:
    id_ = begin(wiring)
    for start in range(0, len(CONTENT), 500_000):
        whole = append_part(wiring, ME, id_, start, CONTENT[start : start + 500_000])
    (part,) = (tmp_path / "member_uploads").glob(f"*/{id_}/000500000*")
    part.unlink()  # the first tab has attached the file, and is deleting its parts
    assert codes(read_upload, wiring, ME, whole) == ["resumed_upload.unknown"]
    delete_member_uploads(wiring, ME)
    assert codes(read_upload, wiring, ME, whole) == ["resumed_upload.unknown"]
    assert codes(append_part, wiring, ME, id_, 0, CONTENT[:100_000]) == ["resumed_upload.unknown"]


def test_upkeep_leaves_an_upload_alone_that_begins_just_now(wiring: Wiring, tmp_path: Path) -> None:
    id_ = begin(wiring)
    (description,) = (tmp_path / "member_uploads").glob(f"*/{id_}/.upload.json")
    description.unlink()  # it is written after its folder is made
    delete_old_resumable_uploads(wiring, wiring.now())
    assert description.parent.exists()
    yesterday = time.time() - 100_000
    os.utime(description.parent, (yesterday, yesterday))
    delete_old_resumable_uploads(wiring, wiring.now())
    assert not description.parent.exists()


def test_more_than_was_announced_or_allowed_is_refused(wiring: Wiring) -> None:
    small = begin(wiring, b"12345")
    assert codes(append_part, wiring, ME, small, 0, b"123456") == ["resumed_upload.part"]
    id_ = begin(wiring)
    assert codes(append_part, wiring, ME, id_, 0, CONTENT[: MAX_PART_BYTES + 1]) == ["resumed_upload.part"]
    digest = "a" * 64
    big = 40 << 20
    assert codes(begin_upload, wiring, ME, PLACE, "照片", big, digest) == ["attachment.too_big"]
    assert codes(begin_upload, wiring, ME, PLACE, "照片", 0, digest) == ["attachment.no_file"]
    assert codes(begin_upload, wiring, ME, PLACE, "照片", 5, "../../etc") == ["resumed_upload.described"]


def test_another_members_upload_is_not_there(wiring: Wiring) -> None:
    id_ = begin(wiring)
    for value in (id_, "f" * 32, "../" + id_, ""):
        assert codes(find_upload, wiring, OTHER, value) == ["resumed_upload.unknown"]
        assert codes(append_part, wiring, OTHER, value, 0, b"x") == ["resumed_upload.unknown"]
    assert find_upload(wiring, ME, id_).offset == 0


def test_what_arrived_otherwise_than_it_was_sent_is_deleted(wiring: Wiring) -> None:
    id_ = begin(wiring, b"12345")
    found = append_part(wiring, ME, id_, 0, b"12346")
    assert codes(read_upload, wiring, ME, found) == ["resumed_upload.altered"]
    assert codes(find_upload, wiring, ME, id_) == ["resumed_upload.unknown"]


def test_no_part_lies_in_clear_and_an_altered_one_ends_the_upload(wiring: Wiring, tmp_path: Path) -> None:
    id_ = begin(wiring)
    for start in range(0, len(CONTENT), 500_000):
        whole = append_part(wiring, ME, id_, start, CONTENT[start : start + 500_000])
    parts = sorted((tmp_path / "member_uploads").glob(f"*/{id_}/0*"))
    assert all(CONTENT[:64] not in one.read_bytes() for one in parts)
    parts[1].write_bytes(parts[0].read_bytes())  # a part has its place in its seal
    assert find_upload(wiring, ME, id_).offset == len(CONTENT), "no part is opened to say where it stands"
    assert codes(read_upload, wiring, ME, whole) == ["resumed_upload.altered"]
    assert codes(find_upload, wiring, ME, id_) == ["resumed_upload.unknown"]


def test_uploads_end_after_a_day_with_the_sixth_and_with_the_person(
    wiring: Wiring, clock: Clock, tmp_path: Path
) -> None:
    first = begin(wiring, b"first")
    for n in range(MOST_OPEN):
        clock.now += timedelta(minutes=1)
        last = begin(wiring, f"more {n}".encode())
    assert codes(find_upload, wiring, ME, first) == ["resumed_upload.unknown"]
    delete_old_resumable_uploads(wiring, clock.now + timedelta(hours=23))
    assert find_upload(wiring, ME, last).offset == 0
    delete_member_uploads(wiring, ME)
    begin(wiring, b"once more", OTHER)
    delete_old_resumable_uploads(wiring, clock.now + timedelta(hours=25))
    assert list((tmp_path / "member_uploads").glob("*/*")) == []


def test_a_disk_that_fills_up_meanwhile_takes_no_further_part(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = begin_upload(wiring, ME, PLACE, "a.jpg", len(CONTENT), sha256(CONTENT).hexdigest())
    nearly_full = SimpleNamespace(total=100, used=96, free=4)
    monkeypatch.setattr("shutil.disk_usage", lambda _: nearly_full)
    assert faults_of(append_part, wiring, ME, begun.id, 0, CONTENT[:MAX_PART_BYTES])[0].code == "disk.scarce"
    assert faults_of(store_upload, wiring, CONSOLE, "a.csv", b"1", {})[0].code == "disk.scarce"
    monkeypatch.undo()
    assert find_upload(wiring, ME, begun.id).offset == 0


LI, WU = (Actor(name, name, ActorKind.OFFICER) for name in ("li.min", "wu.gang"))
SECOND = timedelta(seconds=1)


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

    def upload(number: int) -> list[str]:
        return [store_upload(wiring, LI, "roll.csv", b"%d" % number, {}) for _ in range(10)]

    stored = do_at_once(upload, range(8))
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
