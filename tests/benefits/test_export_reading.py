"""An export is read whatever is wrong with it, and what is wrong is told with its line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from benefits import Extent
from benefits.tables.draws import draw_secrets
from benefits.tables.exported import EXPORTED
from benefits.tables.lines import LOOSE, REST, WHOLE, render_complete_line, render_export_line
from benefits.tables.vouchers import vouchers
from benefits.verification.verify import verify_export_lines
from store import Database, open_database
from tests.benefits.exported import disagreements_of, export_lines
from tests.benefits.lived import fixed, moved, used
from tests.benefits.test_every_byte import TABLES

# Tables that no export holds, and why.
NOT_EXPORTED = {
    "benefit_sums": "made anew from the postings, which are exported",
    "rulebook": "tells runners to look again",
    "draw_secrets": "kept from everybody until the draw, which publishes it",
    "appeal_texts": "a member's own words",
    "voucher_keys": "which key the codes were made with",
}

Lines = list[bytes]


def test_every_table_is_exported_or_it_is_said_why_not() -> None:
    assert EXPORTED.keys() | NOT_EXPORTED.keys() == TABLES.keys()
    assert not EXPORTED.keys() & NOT_EXPORTED.keys()


def test_no_column_has_the_name_of_a_lines_own_key() -> None:
    own = {"table", "sha256", REST, LOOSE, WHOLE, "explanation_digest", "decision_digest"}
    for name, table in EXPORTED.items():
        assert not own & set(table.columns.keys()), name


@pytest.mark.parametrize("with_seals", [False, True])
def test_no_export_holds_a_secret(with_seals: bool, database: Database) -> None:
    used(database)
    fixed(database)
    with database.read() as connection:
        text = b"\n".join(export_lines(connection, seals=with_seals)).decode()
        for column in (vouchers.c.salt, draw_secrets.c.secret):
            secrets = [secret for secret in connection.execute(select(column)).scalars() if secret]
            assert secrets and not any(secret in text for secret in secrets)


def _complete(table: str, row: dict[str, object], **more: dict[str, object]) -> bytes:
    return render_complete_line(table, row, more.get("rest", {}), more.get("loose", {}))


def _without(lines: Lines, *tables: str) -> Lines:
    return [line for line in lines if json.loads(line)["table"] not in tables]


def _anew(lines: Lines, change: Callable[[dict[str, object]], None]) -> Lines:
    """The first counter changed, with all its digests made anew."""
    place = next(n for n, line in enumerate(lines) if json.loads(line)["table"] == "counters")
    row = json.loads(lines[place])
    for name in ("table", "sha256", "whole"):
        row.pop(name)
    change(row)
    return [*lines[:place], _complete("counters", row), *lines[place + 1 :]]


_COUNTER = {"key": "budget/z", "used": 0, "ceiling": None}
DAMAGED: dict[str, tuple[Callable[[Lines], Lines], str]] = {
    "a row twice": (lambda lines: [*lines[:-1], lines[-2], lines[-1]], "repeats a row"),
    "a line of a made-up table": (
        lambda lines: [*lines[:-1], _complete("payments", {"id": "x"}), lines[-1]],
        "an export has no table payments",
    ),
    "a text where a number belongs": (
        lambda lines: _anew(lines, lambda row: row.update(used="7")),
        "can't be read",
    ),
    "a yes where a number belongs": (
        lambda lines: _anew(lines, lambda row: row.update(used=True)),
        "can't be read",
    ),
    "a number that no column holds": (
        lambda lines: _anew(lines, lambda row: row.update(used=2**63)),
        "can't be read",
    ),
    "nothing where something belongs": (
        lambda lines: _anew(lines, lambda row: row.update(used=None)),
        "can't be read",
    ),
    "a column left out": (lambda lines: _anew(lines, lambda row: row.pop("used") and None), "can't be read"),
    "a made-up column": (lambda lines: _anew(lines, lambda row: row.update(more=1)), "can't be read"),
    "a line as in an export without seals": (
        lambda lines: [*lines[:-1], render_export_line("counters", _COUNTER)[0], lines[-1]],
        "is not what was written",
    ),
    "a list": (lambda lines: [*lines[:-1], b"[1, 2]", lines[-1]], "can't be read"),
    "no JSON": (lambda lines: [*lines[:-1], b"\xff{", lines[-1]], "can't be read"),
    "another format": (lambda lines: [_complete("export", {"format": 3}), *lines[1:]], "can't be read"),
    "the first line again": (lambda lines: [*lines[:-1], lines[0], lines[-1]], "can't be read"),
    "no first line": (lambda lines: lines[1:], "is not what was written"),
    "no last line": (lambda lines: lines[:-1], "without its last line"),
    "no seals": (lambda lines: _without(lines, "seals"), "is in no seal"),
}


@pytest.fixture(scope="module")
def exports(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lines, Lines]:
    """The lines of one ledger: without seals, and with them."""
    opened = open_database(str(shutil.copy(migrated_file, tmp_path_factory.mktemp("exported") / "a.db")))
    moved(opened)
    with opened.read() as connection:
        lines = export_lines(connection), export_lines(connection, seals=True)
    opened.close()
    return lines


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_export_is_told_and_never_a_traceback(damage: str, exports: tuple[Lines, Lines]) -> None:
    change, said = DAMAGED[damage]
    texts = [fault.text for fault in disagreements_of(change(exports[1]))]
    assert any(said in text for text in texts), texts


def test_an_export_says_which_rows_it_holds(exports: tuple[Lines, Lines]) -> None:
    plain, sealed = exports
    assert verify_export_lines(plain).extent is Extent.EXPORT
    found = verify_export_lines(sealed)
    assert (found.extent, found.gap.batches) == (Extent.SEALED_EXPORT, 1)
    assert verify_export_lines([]).extent is Extent.EXPORT
