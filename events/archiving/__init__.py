"""Months of PostgreSQL's largest tables in Parquet files: write them, read them, erase a person from them."""

from events.archiving.archived_files import (
    ARCHIVE_FAULTS,
    ArchivedFile,
    list_archived_files,
    read_archive_horizon,
    require_stored,
)
from events.archiving.erasure import ArchiveErasure, erase_in_archive
from events.archiving.month_writing import ArchivedMonth, archive_month, find_months_to_archive
from events.archiving.whole_ledger import add_archived_rows, check_archived_files

__all__ = [
    "ARCHIVE_FAULTS",
    "ArchiveErasure",
    "ArchivedFile",
    "ArchivedMonth",
    "add_archived_rows",
    "archive_month",
    "check_archived_files",
    "erase_in_archive",
    "find_months_to_archive",
    "list_archived_files",
    "read_archive_horizon",
    "require_stored",
]
