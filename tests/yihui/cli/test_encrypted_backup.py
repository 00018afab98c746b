"""Encrypted backups, the drill of a restoring, and the keys apart, as an operator uses them."""

import io
import json
import stat
import tarfile
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from tests.yihui.own_disk import write_events
from yihui.files.age_files import encrypt_file


@pytest.fixture
def key(yihui: Command, tmp_path: Path) -> tuple[Path, str]:
    """The file of a secret key, and the public one."""
    file = tmp_path / "backup-key.txt"
    made = yihui("keys", "new", file)
    assert made.code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "AGE-SECRET-KEY" not in made.out + made.err
    return file, made.out.strip().rpartition("：")[2]


@pytest.fixture
def events(yihui: Command, tmp_path: Path) -> Path:
    file = write_events(tmp_path / "events.jsonl", 20)
    assert yihui("run", file).code == 0
    return file


def test_an_encrypted_backup_is_restored_with_its_key_alone(
    yihui: Command, key: tuple[Path, str], events: Path, tmp_path: Path
) -> None:
    identity, public = key
    target = tmp_path / "restored.db"
    file = tmp_path / "monday.yihui"
    made = yihui("backup", "--to", file, "--recipient", public, "--json")
    assert made.code == 0
    assert json.loads(made.out)["encrypted"] is True
    assert file.read_bytes().startswith(b"age-encryption.org/v1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".yihui-backup-*")), "what was not encrypted is still there"
    for code, words, more in (
        (3, "加密的", ()),
        (3, "没有 age 的私钥", ("--identity", _file(tmp_path / "no-key", "x"))),
        (3, "没有文件", ("--identity", tmp_path / "none")),
    ):
        refused = yihui("restore", file, "--db", target, *more)
        assert (refused.code, words in refused.err, "Traceback" in refused.err) == (code, True, False)
    other = tmp_path / "other-key.txt"
    assert yihui("keys", "new", other).code == 0
    refused = yihui("restore", file, "--db", target, "--identity", other)
    assert (refused.code, "用另一把公钥加密的" in refused.err, "私钥没有问题" in refused.err) == (
        3,
        True,
        False,
    )
    back = yihui("restore", file, "--db", target, "--identity", identity, "--json")
    assert back.code == 0, back.err
    assert json.loads(back.out)["sound"] is True
    exports = [yihui("ledger", "export", *where).out for where in ((), ("--db", target))]
    assert exports[0] == exports[1]


def _file(path: Path, text: str, mode: int = 0o600) -> Path:
    path.touch(mode)
    path.write_text(text)
    return path


def test_a_damaged_or_open_key_and_a_damaged_backup_are_told(
    yihui: Command, key: tuple[Path, str], events: Path, tmp_path: Path
) -> None:
    identity, public = key
    file, target = tmp_path / "a.yihui", tmp_path / "b.db"
    assert yihui("backup", "--to", file, "--recipient", public).code == 0
    whole = file.read_bytes()
    identity.chmod(0o440)  # as a container platform mounts a secret
    for damaged in (whole[:-1000], whole[:-1], whole[:2000] + b"x" + whole[2001:], whole[:40]):
        file.write_bytes(damaged)
        refused = yihui("restore", file, "--db", target, "--identity", identity)
        assert (refused.code, "文件不完整或已损坏；私钥没有问题" in refused.err) == (3, True), refused.err
        assert "公钥" not in refused.err and "换一份拷贝" in refused.err
        assert not target.exists()
    file.write_bytes(whole)
    identity.chmod(0o644)
    refused = yihui("restore", file, "--db", target, "--identity", identity)
    assert refused.code == 3 and "chmod go=" in refused.err
    for wrong in ("age1nonsense", "", "ssh-rsa AAAA"):
        refused = yihui("backup", "--to", tmp_path / "c.yihui", "--recipient", wrong)
        assert refused.code == 3 and "不是 age 的公钥" in refused.err
    assert not (tmp_path / "c.yihui").exists()


def test_a_secret_key_given_by_mistake_is_never_shown(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for secret in ("AGE-SECRET-KEY-1QQHIDDEN", "age-secret-key-1qqHIDDEN"):
        monkeypatch.setenv("YIHUI_BACKUP_RECIPIENTS", secret)
        for typed in (
            ("backup", "--to", tmp_path / "b"),
            ("settings",),
            ("settings", "--json"),
            ("keys", "restore", tmp_path / "b", "--identity", f"in/{secret}.txt"),
            ("backup", "--to", tmp_path / "b", secret),
        ):
            refused = yihui(*typed)
            assert refused.code > 1 and "***" in refused.words and "HIDDEN" not in refused.words


@pytest.mark.parametrize("is_encrypted", [pytest.param(False, marks=pytest.mark.endure), True])
def test_a_drill_tells_minutes_and_loss_and_touches_nothing(
    yihui: Command, key: tuple[Path, str], events: Path, tmp_path: Path, is_encrypted: bool
) -> None:
    identity, public = key
    folder = tmp_path / "backups"
    folder.mkdir()
    recipient = ("--recipient", public) if is_encrypted else ()
    assert yihui("backup", "--into", folder, *recipient).code == 0
    more = write_events(tmp_path / "more.jsonl", 30)
    assert yihui("run", more).code == 0
    before = (tmp_path / "yihui.db").read_bytes()
    drilled = yihui("restore", folder, "--drill", "--identity", identity, "--json")
    assert drilled.code == 0, drilled.err
    said = json.loads(drilled.out)
    assert said["sound"] is True
    assert said["decisions"] == 40
    assert said["decisions_since"] == 20
    assert 0 < said["seconds"] < 60
    assert said["age_seconds"] >= 0
    assert (tmp_path / "yihui.db").read_bytes() == before
    assert not list(tmp_path.glob(".yihui-backup-*"))
    assert "分钟恢复完毕" in yihui("restore", folder, "--drill", "--identity", identity).out


def test_a_drill_on_a_machine_without_a_database_makes_none(
    yihui: Command, events: Path, tmp_path: Path
) -> None:
    file, other = tmp_path / "a.yihui", tmp_path / "other.db"
    assert yihui("backup", "--to", file).code == 0
    drilled = yihui("restore", file, "--drill", "--db", other, "--json")
    assert drilled.code == 0
    assert json.loads(drilled.out)["decisions_since"] is None
    assert not other.exists()


def test_a_drill_of_an_altered_ledger_says_so(yihui: Command, events: Path, tmp_path: Path) -> None:
    """The backup is whole, but the heads beside it were signed over another ledger."""
    file = tmp_path / "a.yihui"
    assert yihui("backup", "--to", file).code == 0
    heads = Path(f"{file}.heads.json")
    heads.write_text(heads.read_text().replace('"number": ', '"number": 1'))
    drilled = yihui("restore", file, "--drill")
    assert drilled.code == 1


def test_a_folder_without_a_backup_and_two_places_are_refused(yihui: Command, tmp_path: Path) -> None:
    assert yihui("restore", tmp_path, "--drill").code == 3
    assert yihui("backup").code == 2
    assert yihui("backup", "--to", tmp_path / "a", "--into", tmp_path).code == 2
    assert yihui("backup", "--into", tmp_path / "none").code == 3


def test_the_keys_are_backed_up_apart_and_put_back(
    yihui: Command, key: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity, public = key
    (tmp_path / "identity.key").write_bytes(b"\1" * 32)
    (tmp_path / "identity.key").chmod(0o600)
    monkeypatch.setenv("YIHUI_VAULT_KEY", "vault-key-in-the-environment")
    file = tmp_path / "keys.age"
    made = yihui("keys", "backup", "--to", file, "--recipient", public)
    assert made.code == 0 and "identity.key" in made.out and "vault.key" in made.out
    assert b"\1" * 32 not in file.read_bytes()
    assert yihui("keys", "backup", "--to", file, "--recipient", public).code == 3  # never written over
    monkeypatch.delenv("YIHUI_VAULT_KEY")
    fresh = tmp_path / "fresh"
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(fresh))
    back = yihui("keys", "restore", file, "--identity", identity)
    assert back.code == 0, back.err
    assert (fresh / "identity.key").read_bytes() == b"\1" * 32
    assert stat.S_IMODE((fresh / "identity.key").stat().st_mode) == 0o600
    assert (fresh / "vault.key").read_text() == "vault-key-in-the-environment"
    assert yihui("keys", "restore", file, "--identity", identity).code == 0  # the same keys once more
    (fresh / "identity.key").write_bytes(b"\2" * 32)
    (fresh / "vault.key").unlink()
    refused = yihui("keys", "restore", file, "--identity", identity)
    assert refused.code == 3 and "另一把密钥" in refused.err
    assert (fresh / "identity.key").read_bytes() == b"\2" * 32
    assert not (fresh / "vault.key").exists()
    assert list(fresh.glob("keys-*")) == []


def test_an_archive_with_anything_else_is_refused_and_nothing_is_put_back(
    yihui: Command, key: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity, public = key
    fresh = tmp_path / "fresh"
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(fresh))
    link, database, above = (
        tarfile.TarInfo("poll.key"),
        tarfile.TarInfo("yihui.db"),
        tarfile.TarInfo("../a.key"),
    )
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    for number, entries in enumerate(([], [link], [database], [above], [tarfile.TarInfo("..")])):
        plain, file = tmp_path / f"{number}.tar", tmp_path / f"{number}.age"
        with tarfile.open(plain, "w") as archive:
            for entry in [tarfile.TarInfo("card.key"), *entries] if entries else []:
                archive.addfile(entry, io.BytesIO())
        encrypt_file(plain, file, [public])
        refused = yihui("keys", "restore", file, "--identity", identity)
        assert (refused.code, "Traceback" in refused.err) == (3, False), refused.err
        assert "不是" in refused.err
        assert not list(fresh.glob("*")) if fresh.exists() else True
        assert not (tmp_path / "a.key").exists()


def test_a_variable_that_a_template_left_empty_writes_nothing_in_clear(
    yihui: Command, events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for blank in ("", "  "):
        monkeypatch.setenv("YIHUI_BACKUP_RECIPIENTS", blank)
        refused = yihui("backup", "--to", tmp_path / "a.yihui")
        assert (refused.code, "公钥" in refused.err) == (3, True), refused.err
        assert not list(tmp_path.glob("a.yihui*"))
