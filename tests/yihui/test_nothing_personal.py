"""Planted names and numbers: after every command that touches persons, no file, table, log or output holds one."""

import gzip
import io
import json
import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import inspect

from store import open_database
from tests.yihui.commands import Command, Done
from yihui.samples.roll import id_number

FAULTY = "faulty.csv"
HEADER = "姓名,联系电话,身份证号,组织代码,入会日期"
_GIVEN, _SURNAMES = "骢骥骦骧鹓鹔鹖鹙鹴鹮", ("欧阳", "慕容", "阿依古丽·", "厍", "郗")


def draw_persons(rng: Random, count: int) -> list[tuple[str, str, str]]:
    """Names, phones and ID numbers that occur nowhere else."""
    days = rng.sample(range(1, 9_000), count)
    return [
        (
            rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, 2)),
            f"19{rng.randrange(10**9):09}",
            id_number("370202", date.fromordinal(date(1975, 1, 1).toordinal() + day)),
        )
        for day in days
    ]


@pytest.fixture
def own(
    yihui: Command,
    target: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Command]:
    """Runs commands on one database of each kind, with every log message captured."""
    monkeypatch.setenv("YIHUI_DATABASE_URL", target)
    caplog.set_level(logging.DEBUG)
    yield yihui


def stored_texts(target: str) -> Iterator[tuple[str, str]]:
    """Every row of every table."""
    database = open_database(target)
    with database.read() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"'):
                yield table, json.dumps([str(cell) for cell in row], ensure_ascii=False)
    database.close()


def file_texts(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".csv":
            content = path.read_bytes()
            content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
            yield path.name, content.decode("utf-8", "replace")


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.endure)])
def test_no_name_and_no_number_is_anywhere_but_encrypted(
    own: Command,
    target: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    seed: int,
) -> None:
    rng = Random(seed)
    persons = draw_persons(rng, 12)
    lines = [f"{name},{phone},{number},370202,2020-05-01" for name, phone, number in persons]
    (name, phone, number), (_, _, second) = draw_persons(rng, 2)
    wrong = number[:-1] + ("1" if number[-1] == "0" else "0")
    faulty = [
        f"{name}3,{phone}9,{wrong},370202,2020-05-01",
        f"{name}、{name},{phone}/{phone},{number}{second},{phone},{number}",
        f"{phone},{name},{name},{name},{name}",
        lines[0],
    ]
    (tmp_path / "roll.csv").write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    (tmp_path / FAULTY).write_text("\n".join([HEADER, *faulty]), encoding="utf-8")
    event = {"specversion": "1.0", "id": "e-1", "source": "/test", "type": "member.left", "subject": "m-1"}
    letter = {**event, "time": "2026-05-01T00:00:00+08:00", "data": {"reason": f"{name} {phone} {number}"}}
    (tmp_path / "letters.csv").write_text(json.dumps(letter, ensure_ascii=False), encoding="utf-8")

    outputs: list[Done] = []

    def run(*arguments: object, typed: str = "") -> Done:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
        outputs.append(own(*arguments))
        return outputs[-1]

    by = ("--as", "li.min", "--reason", "核对领取人")
    run("members", "vault", "create-key")
    assert run("members", "import", tmp_path / "roll.csv").code == 0
    assert run("members", "import", tmp_path / FAULTY).code == 1
    assert run("members", "import", tmp_path / FAULTY, "--partial").code == 1
    run("run", tmp_path / "letters.csv")
    found = json.loads(run("members", "find", "--json", typed=persons[0][1]).out)
    for wanted in (wrong, f"{phone}9", f"{name}3", persons[1][0], persons[2][2]):
        run("members", "find", typed=wanted)
    member = found[0]["member"]
    seen = own("members", "unmask", member, "--field", "name,phone", *by)
    assert persons[0][0] in seen.out  # the one output that may
    run("members", "unmask", persons[0][2], "--field", "name", *by)  # an ID number in place of the member
    run("members", "unmask", member, "--field", "name", "--as", "li.min", "--reason", f"找{persons[0][0]}")
    run("members", "unmaskings")
    run("members", "vault", "rotate")
    run("members", "vault", "status")
    run("members", "show", member)
    run("events", "dead-letters", "list")
    run("backup", "--to", tmp_path / "backup.gz")
    run("ledger", "export", "--out", tmp_path / "ledger.jsonl")
    run("members", "erase", found[0]["member"], *by)
    run("doctor")

    secrets = [
        part for one in [*persons, (name, phone, number), (wrong, second, f"{phone}9")] for part in one
    ]
    keys = (tmp_path / "vault.key").read_text("utf-8").split()
    texts = [
        *stored_texts(target),
        *((kind, text) for kind, text in file_texts(tmp_path) if kind != "vault.key"),
        ("log", caplog.text),
        *(("output", done.words) for done in outputs),
    ]
    leaks = {(kind, secret) for kind, text in texts for secret in [*secrets, *keys] if secret in text}
    assert leaks == set()
    assert any(kind == "backup.gz" and "vault_persons" in text for kind, text in texts)
