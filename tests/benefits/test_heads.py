"""Heads and codes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from benefits import ChainHead, list_chain_heads, seal_batches, verify_ledger
from benefits.sealing.sealing import GENESIS_HASH, format_seal_time, iter_sealed_records, seal_hash
from benefits.tables.transactions import seals, transactions
from benefits.verification.verify import verify_export_lines
from benefits.vouchers.codes import (
    CODE_ALPHABET,
    CODE_LENGTH,
    build_code,
    format_code,
    keyed_number,
    parse_code,
)
from benefits.vouchers.faults import VoucherRefused
from core.faults import Fault
from store import Database
from tests.benefits.exported import export_lines
from tests.benefits.lived import moved
from tests.transactions import read_in, write_in
from tools.servers.deciding import NOW, Wish, give


@pytest.fixture
def heads(database: Database) -> list[ChainHead]:
    """The heads of a ledger that was lived in and sealed."""
    moved(database)
    write_in(database, seal_batches, NOW)
    return read_in(database, list_chain_heads)


def hash_anew(connection: Connection) -> None:
    """What somebody does who can write to the database and knows this code."""
    last: dict[tuple[str, int], str] = {}
    for row in connection.execute(select(seals).order_by(seals.c.book, seals.c.lane, seals.c.number)).all():
        first, *lines = row.digests.splitlines()
        ids: dict[str, list[str]] = {}
        for line in lines:
            ids.setdefault(line.split(" ")[0], []).append(line.split(" ")[1])
        now = {(r.table, r.id): r.line for r in iter_sealed_records(connection, ids)}
        digests = "\n".join(
            [first, *(now.get((line.split(" ")[0], line.split(" ")[1]), line) for line in lines)]
        )
        previous = last.get((row.book, row.lane), GENESIS_HASH)
        hashed = seal_hash(row.book, row.lane, row.number, previous, digests)
        here = (seals.c.book == row.book) & (seals.c.lane == row.lane) & (seals.c.number == row.number)
        connection.execute(update(seals).where(here).values(digests=digests, previous=previous, hash=hashed))
        last[row.book, row.lane] = hashed


def messages(connection: Connection, heads: list[ChainHead]) -> list[str]:
    return [fault.text for fault in verify_ledger(connection, heads).disagreements]


def of_export(connection: Connection, heads: list[ChainHead], *, with_seals: bool = True) -> list[Fault]:
    return list(verify_export_lines(export_lines(connection, seals=with_seals), heads).disagreements)


def test_an_unchanged_ledger_agrees_with_its_heads_also_when_it_has_grown(
    database: Database, heads: list[ChainHead]
) -> None:
    give(database, Wish())
    with database.write() as connection:
        seal_batches(connection, NOW)
        assert messages(connection, heads) == []
        assert of_export(connection, heads) == []


@pytest.mark.tampers
def test_rewritten_history_is_found_by_the_heads_alone(database: Database, heads: list[ChainHead]) -> None:
    with database.write() as connection:
        changed = connection.execute(
            update(transactions).where(transactions.c.reason == "午餐").values(reason="晚餐")
        )
        assert changed.rowcount == 1
        assert messages(connection, []), "the digests still tell"
        hash_anew(connection)
        assert messages(connection, []) == [], "whoever can write can make it agree"
        found = messages(connection, heads)
        assert len(found) == 1
        assert "history was rewritten" in found[0]
        assert any("rewritten" in fault.message for fault in of_export(connection, heads))


@pytest.mark.tampers
def test_the_time_of_a_seal_is_covered(database: Database, heads: list[ChainHead]) -> None:
    with database.write() as connection:
        connection.execute(update(seals).values(sealed_at=NOW + timedelta(days=1)))
        every = len(connection.execute(select(seals.c.number)).all())
        assert len([text for text in messages(connection, []) if "was not made at" in text]) == every
        for row in connection.execute(select(seals)).all():
            lines = row.digests.splitlines()
            here = (seals.c.book == row.book) & (seals.c.lane == row.lane) & (seals.c.number == row.number)
            digests = "\n".join([format_seal_time(row.sealed_at), *lines[1:]])
            connection.execute(update(seals).where(here).values(digests=digests))
        hash_anew(connection)
        assert messages(connection, []) == []
        assert len(messages(connection, heads)) == len(heads)


def test_a_chain_that_was_cut_off_is_found(database: Database, heads: list[ChainHead]) -> None:
    last = max(heads, key=lambda head: head.number)
    ahead = [replace(last, number=last.number + 1)]
    with database.read() as connection:
        assert any("has no seal" in text for text in messages(connection, ahead))
        assert any("has no seal" in fault.message for fault in of_export(connection, ahead))


def test_an_export_without_seals_proves_no_head(database: Database, heads: list[ChainHead]) -> None:
    assert len(read_in(database, of_export, heads, with_seals=False)) == len(heads)


numbers = st.integers(0, 2**256 - 1)


def is_refused(text: str) -> bool:
    try:
        parse_code(text)
    except VoucherRefused:
        return True
    return False


@settings(deadline=None, derandomize=True, max_examples=30)
@given(numbers)
def test_every_single_wrong_sign_and_every_two_swapped_are_caught(number: int) -> None:
    code = build_code(number)
    for place, right in enumerate(code):
        for sign in CODE_ALPHABET:
            assert (sign == right) != is_refused(code[:place] + sign + code[place + 1 :])
        for other in range(place + 1, CODE_LENGTH):
            swapped = [*code]
            swapped[place], swapped[other] = code[other], code[place]
            assert (code[place] == code[other]) != is_refused("".join(swapped))


@settings(deadline=None, derandomize=True)
@given(numbers, st.randoms(use_true_random=False))
def test_a_code_is_read_however_it_is_grouped_and_whatever_it_looks_like(number: int, chance: object) -> None:
    code = build_code(number)
    alike = {"0": "Oo0", "1": "IiLl1", "2": "Zz2", "5": "Ss5", "8": "Bb8", "V": "Uuv"}
    typed = "".join(chance.choice(alike.get(sign, sign + sign.lower())) for sign in format_code(code))  # type: ignore[attr-defined]
    assert parse_code(f" {typed.replace('-', ' – ')}\n") == code
    full_width = "".join(chr(0xFEE0 + ord(sign)) if sign != "-" else "－" for sign in format_code(code))
    assert parse_code(full_width) == code


@pytest.mark.parametrize("text", ["", "🍰" * 24, "A" * 23, "A" * 25, "0" * 24, "\0" * 24, "A" * 10_000])
def test_what_is_no_code_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(VoucherRefused) as refused:
        parse_code(text)
    assert text == "" or text not in str(refused.value)


def test_parts_of_a_keyed_number_dont_run_together() -> None:
    assert keyed_number(b"k", "ab", "c") != keyed_number(b"k", "a", "bc")
    assert keyed_number(b"k", "a") != keyed_number(b"l", "a")
