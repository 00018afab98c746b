"""The secret behind the pseudonyms: whole, long enough, and one for each database."""

import os
import threading
from pathlib import Path

import pytest

from core.faults import FaultError
from members import claim_identity_key
from store import Database
from yihui.runtime.identity_key import KEY_BYTES, load_or_create_key


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "identity.key"
    key = load_or_create_key(path, None)
    assert len(key) == KEY_BYTES
    assert load_or_create_key(path, None) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["identity.key"]  # noqa: PTH208 nothing is left beside it


def test_of_many_makers_at_once_one_wins_and_all_read_the_same(tmp_path: Path) -> None:
    path, keys = tmp_path / "identity.key", set()
    threads = [threading.Thread(target=lambda: keys.add(load_or_create_key(path, None))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 1


@pytest.mark.parametrize("content", [b"", b"a", b"x" * 31])
def test_a_key_that_keeps_no_secret_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "identity.key"
    path.write_bytes(content)
    with pytest.raises(FaultError, match="bytes"):
        load_or_create_key(path, None)
    with pytest.raises(FaultError, match="YIHUI_IDENTITY_KEY"):
        load_or_create_key(tmp_path / "none", content.decode())


def test_a_database_knows_its_first_key_and_refuses_every_other(database: Database) -> None:
    with database.write() as connection:
        claim_identity_key(connection, b"k" * 32)
        claim_identity_key(connection, b"k" * 32)
    with database.write() as connection, pytest.raises(FaultError, match="another identity key"):
        claim_identity_key(connection, b"x" * 32)
