"""Erase a person from archived files: each file with rows about the person is written anew.

The new version is recorded and sealed in the transaction of the erasure. The digests of what was erased stay, as
in the database: of explanations in their rows, of journal rows in ``erased_rows``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table

from benefits.ledger.explanation_forms import read_explanations
from benefits.tables.decisions import decisions
from benefits.tables.lines import erase_explanation
from core.faults import FaultError
from events.archiving.archived_files import (
    ARCHIVED_TABLES,
    ArchivedFile,
    list_archived_files,
    record_archived_files,
)
from events.archiving.parquet_files import Row, iter_rows, write_rows
from events.archiving.whole_ledger import check_archived_files
from events.tables import JOURNAL_BATCHES, journal
from store import ERASED_PREFIX, record_row_to_erase

_EXPLANATION = 1 + list(decisions.columns.keys()).index("explanation")
_OWNER = 0


@dataclass(slots=True)
class ArchiveErasure:
    """What an erasure found and wrote in the archive: journal rows to record, the files in their new versions."""

    journal_rows: list[dict[str, Any]] = field(default_factory=list)
    explanations: int = 0
    files: list[ArchivedFile] = field(default_factory=list)
    replaced: list[Path] = field(default_factory=list)  # to be deleted once the transaction is committed

    @property
    def rows(self) -> int:
        return len(self.journal_rows) + self.explanations

    def record(self, connection: Connection, act: int, now: datetime) -> None:
        """Record the new versions under the act of the erasure."""
        record_archived_files(connection, self.files, act, now)


def erase_in_archive(connection: Connection, folder: Path, member_id: str) -> ArchiveErasure:
    """Write the files with rows about a member anew, without the journal's rows and the values of explanations.

    What else was changed in a file goes into its new version, where the seals still find it.

    *Raises*: FaultError if a file of the archive is missing.
    """
    found = ArchiveErasure()
    tables = {table.name: table for table in ARCHIVED_TABLES if table in (decisions, journal)}
    for one in list_archived_files(connection):
        if one.table in tables:
            if faults := list(check_archived_files([one], folder, is_whole=False)):
                raise FaultError(faults)
            _erase(connection, folder, one, tables[one.table], member_id, found)
    return found


def _erase(
    connection: Connection,
    folder: Path,
    one: ArchivedFile,
    table: Table,
    member_id: str,
    found: ArchiveErasure,
) -> None:
    own = list(iter_rows(one.path(folder), table, member_id))
    if table is journal:
        found.journal_rows += [record_row_to_erase(JOURNAL_BATCHES, _as_dict(table, row)) for row in own]
        new: Sequence[Row] = []
    else:
        own = [row for row in own if not str(row[_EXPLANATION]).startswith(ERASED_PREFIX)]
        new = _erased_rows(connection, own)
        found.explanations += len(own)
    if not own:
        return
    version = replace(one, version=one.version + 1)
    done = write_rows(version.path(folder), table, _replaced(one, folder, table, member_id, new))
    found.files.append(replace(version, row_count=done.row_count, digest=done.digest))
    found.replaced.append(one.path(folder))


def _as_dict(table: Table, row: Row) -> dict[str, Any]:
    return dict(zip(table.columns.keys(), row[1:], strict=True))


def _erased_rows(connection: Connection, own: Sequence[Row]) -> list[Row]:
    whole = read_explanations(connection, {row[1]: row[_EXPLANATION] for row in own})
    return [
        (
            *row[:_EXPLANATION],
            erase_explanation(row[_EXPLANATION], whole[row[1]]["title"]),
            *row[_EXPLANATION + 1 :],
        )
        for row in own
    ]


def _replaced(
    one: ArchivedFile, folder: Path, table: Table, member_id: str, new: Sequence[Row]
) -> Iterator[Row]:
    """Yield the rows of a file in their order; those in ``new`` take the place of the rows with the same key."""
    by_key = {row[1]: row for row in new}
    for row in iter_rows(one.path(folder), table):
        if row[_OWNER] != member_id:
            yield row
        elif table is not journal:
            yield by_key.get(row[1], row)
