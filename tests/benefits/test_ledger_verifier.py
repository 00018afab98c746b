"""The verifier of docs/, which strangers run on an export: it needs Python alone, and finds what is listed."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text

from benefits import list_chain_heads, seal_batches
from benefits.erasure import erase_person
from store import Database
from tests.benefits.conftest import VERIFIER
from tests.benefits.exported import disagreements_of, export_lines
from tests.benefits.lived import moved
from tests.benefits.tamperings import TAMPERED_LIVES, TAMPERINGS, FoundBy, live
from tests.benefits.test_every_byte import _foreign_keys_off, _without_guards
from tests.tiers import ENDURES
from tools.servers.deciding import NOW

# What Yihui finds and the page leaves out: rows that no seal covers and that follow from sealed ones.
LEFT_OUT = frozenset(
    {
        *("a claim's last day put off", "how many left a waiting list", "the withdrawal of a voucher"),
        *("a day due removed", "a day due put off", "the card of a use", "the owner of a card"),
        *("the state of a payment", "an event that takes back removed", "the text of an approved version"),
        *("who approved a version", "a version removed", "the last day of a rule", "a stop removed"),
        "the text of a held event",
    }
)


def test_the_verifier_needs_python_alone() -> None:
    source = VERIFIER.read_text("utf-8")
    imported = {
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert imported <= sys.stdlib_module_names
    assert not [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]


def test_an_export_is_accepted_and_a_changed_one_refused(till: Database, tmp_path: Path) -> None:
    moved(till)
    with till.write() as connection:
        seal_batches(connection, NOW)
        lines = export_lines(connection, seals=True)
        heads = [
            {"book": head.book, "lane": head.lane, "number": head.number, "hash": head.hash}
            for head in list_chain_heads(connection)
        ]
        plain = export_lines(connection)
    noted, other = tmp_path / "heads.json", tmp_path / "other.json"
    noted.write_text(json.dumps({"heads": heads}), encoding="utf-8")
    other.write_text(json.dumps({"heads": [{**heads[0], "hash": "0" * 64}]}), encoding="utf-8")
    changed = [line.replace(b'"slot":1', b'"slot":2') for line in lines]

    def verify(content: Sequence[bytes], *heads: Path) -> tuple[int, str]:
        path = tmp_path / "ledger.jsonl"
        path.write_bytes(b"".join(line + b"\n" for line in content))
        command = [sys.executable, "-I", VERIFIER, path, *heads]
        done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
        assert not done.stderr
        return done.returncode, done.stdout

    assert verify(lines, noted) == (0, "ok\n")
    assert verify(lines, noted, other)[0] == 1
    assert "history was rewritten" in verify(lines, other)[1]
    assert "is not what was written" in verify(changed)[1]
    assert verify(lines[:-1])[0] == 1
    assert "no seals" in verify(plain)[1]
    assert verify([])[0] == 1


@pytest.mark.deeper
@pytest.mark.parametrize("life", TAMPERED_LIVES)
def test_the_verifier_finds_what_is_listed(
    life: str, till: Database, find_failures: Callable[[Sequence[bytes]], list[str]]
) -> None:
    live(till, life)
    _foreign_keys_off(till)
    otherwise = {}
    with till.write() as connection:
        _without_guards(connection, TAMPERED_LIVES[life])
        assert find_failures(export_lines(connection, seals=True)) == []
        for one in [one for one in TAMPERINGS if one.life == life][:: 1 if ENDURES else 4]:
            with connection.begin_nested() as attempt:
                for statement in one.statements:
                    connection.execute(text(statement))
                found = find_failures(export_lines(connection, seals=True))
                attempt.rollback()
            wanted = one.found_by in (FoundBy.ALL, FoundBy.SEALS) and one.name not in LEFT_OUT
            if bool(found) != wanted:
                otherwise[one.name] = found
    assert otherwise == {}


def test_the_verifier_accepts_what_was_erased(
    till: Database, find_failures: Callable[[Sequence[bytes]], list[str]]
) -> None:
    moved(till)
    with till.write() as connection:
        assert erase_person(connection, "m-1")
        assert find_failures(export_lines(connection, seals=True)) == []


def test_the_verifier_names_the_line_of_a_changed_byte(
    till: Database, find_failures: Callable[[Sequence[bytes]], list[str]]
) -> None:
    moved(till)
    with till.read() as connection:
        lines = export_lines(connection, seals=True)
    for number in range(0, len(lines), 5):
        for place in range(0, len(lines[number]), 23):
            line = lines[number]
            bent = line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]
            found = find_failures([*lines[:number], bent, *lines[number + 1 :]])
            assert any(said.startswith(f"line {number + 1}:") for said in found), (bent, found)


def _written_behind(line: bytes, more: bytes) -> bytes:
    head = line.rpartition(b',"whole":"')[0] + more
    return head + b',"whole":"' + sha256(head).hexdigest()[:32].encode() + b'"}'


def _forge_amount(line: bytes) -> bytes:
    """Return a line whose body is another, with the digest of the true body behind it."""
    told = b'"amount_fen":'
    forged = line.replace(told, told + b"9", 1)
    body = forged[45:].partition(b',"rest":{')[0]
    true, digest = line[11:43], sha256(body).hexdigest()[:32].encode()
    return _written_behind(forged[:11] + digest + forged[43:], b',"sha256":"' + true + b'"')


@pytest.mark.parametrize(
    "forge",
    [
        _forge_amount,
        lambda line: _written_behind(line, b',"loose":{"amount_fen":999900}'),
        lambda line: _written_behind(line, b',"amount_fen":999900'),
    ],
    ids=["the digest twice", "a column of the body in loose", "a column behind the rest"],
)
def test_no_line_can_hide_a_column_from_its_digest(
    forge: Callable[[bytes], bytes], till: Database, find_failures: Callable[[Sequence[bytes]], list[str]]
) -> None:
    moved(till)
    with till.write() as connection:
        seal_batches(connection, NOW)
        lines = export_lines(connection, seals=True)
    place = next(
        n for n, line in enumerate(lines) if b'"table":"grants"' in line and b'"amount_fen":' in line
    )
    forged = [*lines[:place], forge(lines[place]), *lines[place + 1 :]]
    seen = f"line {place + 1}:"
    assert any(said.startswith(seen) for said in find_failures(forged))
    assert any(
        "is not what was sealed" in fault.text or str(place + 1) in fault.text
        for fault in disagreements_of(forged)
    )
