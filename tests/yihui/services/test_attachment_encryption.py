"""Files of applications at rest: encrypted with the vault's keys, rotated with them, damage found, erased for good."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.faults import FaultError
from tests.yihui.files.test_pictures import document, picture
from tests.yihui.http.two_districts import FOREIGN, OWN, found_two_districts, officer
from tests.yihui.nouns import do
from tests.yihui.services.test_member_corrections import fill
from yihui.access.roles import Role
from yihui.bootstrap import Wiring
from yihui.cases.corrections.acts import CORRECT
from yihui.files.attachment_store import AttachmentStore, iter_archive, write_archive
from yihui.services.attachments.attachments import open_attachment_store
from yihui.services.attachments.upkeep import (
    encrypt_attachments_again,
    find_damaged_files,
    list_file_key_ids,
)
from yihui.services.members.erasure import erase_member_data
from yihui.services.members.vault_upkeep import forget_old_keys, rotate_vault

MAGIC = b"YIHUI-FILE-1"
DAMAGES: tuple[Callable[[bytes], bytes], ...] = (
    lambda content: content[:-1],
    lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:],
    lambda content: MAGIC + b"\0",
    lambda content: b"",
    lambda content: b"<script>",
)


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    made = found_two_districts(target, tmp_path).wiring
    yield made
    made.close()


def prove(wiring: Wiring, content: bytes, member: str = OWN, day: str = "1990-02-03") -> None:
    """Store a file with its record, as a correction's proof."""
    worker = officer(Role.CASE_WORKER, "ancestor")
    do(wiring, worker, CORRECT, f"{member}.birthday", **fill(day, content=content))


def stored(wiring: Wiring) -> dict[str, bytes]:
    store = open_attachment_store(wiring)
    return {digest: store.read_stored(digest) for digest in store.list_all()}


def contents(wiring: Wiring) -> dict[str, bytes]:
    store = open_attachment_store(wiring)
    return {digest: store.read(digest) for digest in store.list_all()}


def test_nothing_of_a_file_lies_in_clear_on_the_disk(wiring: Wiring) -> None:
    sent = document()
    prove(wiring, sent)
    lying = stored(wiring)
    assert len(lying) == 2 and sent in contents(wiring).values()
    for content in lying.values():
        assert content.startswith(MAGIC) and b"%PDF" not in content and b"JFIF" not in content
    assert len({content[21:33] for content in lying.values()}) == 2, "no nonce is used twice"


def test_a_file_from_before_the_key_stays_readable_and_is_encrypted_by_a_rotation(wiring: Wiring) -> None:
    prove(wiring, picture())
    before = contents(wiring)
    store = open_attachment_store(wiring)
    for digest, content in before.items():
        store.path_of(digest).write_bytes(content)
    assert contents(wiring) == before
    assert rotate_vault(wiring).files == len(before)
    assert contents(wiring) == before and all(one.startswith(MAGIC) for one in stored(wiring).values())


def test_a_rotation_covers_the_files_and_the_old_key_is_needed_no_longer(wiring: Wiring) -> None:
    prove(wiring, document())
    before, old = contents(wiring), list_file_key_ids(wiring)
    rotate_vault(wiring)
    assert contents(wiring) == before and not list_file_key_ids(wiring) & old
    assert old <= set(forget_old_keys(wiring))
    again = Wiring(wiring.settings, wiring.now)
    assert contents(again) == before
    again.close()


def test_an_interrupted_rotation_keeps_the_key_that_a_file_needs_and_goes_on(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove(wiring, document())
    before, encrypt, calls = contents(wiring), AttachmentStore.encrypt_again, []

    def fail_at_the_second(store: AttachmentStore, digest: str) -> bool:
        calls.append(digest)
        if len(calls) == 2:
            raise OSError("the disk is full")
        return encrypt(store, digest)

    with monkeypatch.context() as patched:
        patched.setattr(AttachmentStore, "encrypt_again", fail_at_the_second)
        with pytest.raises(OSError, match="full"):
            rotate_vault(wiring)
    assert contents(wiring) == before and len(list_file_key_ids(wiring)) == 2
    needed = list_file_key_ids(wiring)
    assert not needed & set(forget_old_keys(wiring))
    assert encrypt_attachments_again(wiring) == (1, [])
    assert contents(wiring) == before and len(list_file_key_ids(wiring)) == 1


def test_damaged_bytes_are_found_told_and_left_by_a_rotation(wiring: Wiring) -> None:
    prove(wiring, picture())
    assert find_damaged_files(wiring) == []
    (digest, *_), store = stored(wiring), open_attachment_store(wiring)
    for damage in DAMAGES:
        whole = store.read_stored(digest)
        broken = damage(whole)
        store.path_of(digest).write_bytes(broken)
        (fault,) = find_damaged_files(wiring)
        assert fault.short_code in ("altered", "no_key") and fault.value == digest
        assert rotate_vault(wiring).unreadable_files == [digest]
        assert store.read_stored(digest) == broken
        store.path_of(digest).write_bytes(whole)
    store.path_of(digest).unlink()
    assert [one.short_code for one in find_damaged_files(wiring)] == ["gone"]


def test_one_file_can_not_stand_for_another(wiring: Wiring) -> None:
    prove(wiring, picture())
    prove(wiring, document(), FOREIGN)
    store = open_attachment_store(wiring)
    first, second, *_ = store.list_all()
    store.path_of(first).write_bytes(store.read_stored(second))
    with pytest.raises(FaultError, match="another digest"):
        store.read(first)


def test_an_erased_members_files_can_no_longer_be_read(wiring: Wiring) -> None:
    prove(wiring, document())
    prove(wiring, picture(), FOREIGN)
    digests = set(stored(wiring))
    erase_member_data(wiring, OWN, "li.min", "本人要求")
    gone = digests - set(stored(wiring))
    assert len(gone) == 2 and find_damaged_files(wiring) == []
    for digest in gone:
        with pytest.raises(FaultError, match="not in the data folder"):
            open_attachment_store(wiring).read(digest)


def test_without_a_key_a_file_is_stored_and_archived_as_it_is(tmp_path: Path) -> None:
    store = AttachmentStore(tmp_path / "files")
    digest = store.write(b"content")
    assert store.read_stored(digest) == b"content" and not store.encrypt_again(digest)
    write_archive(store, [digest], tmp_path / "a")
    assert list(iter_archive(tmp_path / "a", store)) == [(digest, b"content")]


def test_writing_a_content_again_encrypts_what_lay_there_in_clear(wiring: Wiring) -> None:
    plain, store = AttachmentStore(wiring.data_folder / "attachments"), open_attachment_store(wiring)
    digest = plain.write(b"content")
    os.utime(plain.path_of(digest), (0, 0))
    assert store.write(b"content") == digest
    assert store.read_stored(digest).startswith(MAGIC) and store.read(digest) == b"content"
    assert store.list_older(60) == []


def test_a_file_of_a_key_that_is_lost_is_told_as_such(wiring: Wiring) -> None:
    prove(wiring, picture())
    lone = AttachmentStore(wiring.data_folder / "attachments")
    with pytest.raises(FaultError, match="not at hand"):
        lone.read(min(stored(wiring)))
