"""Rows of a table in a Parquet file, in the order of the members whom they are about.

Beside the table's columns a file has ``owner``, the member; rows that concern no member have an empty one. Groups of rows
are small and say their first and last owner, so one member's rows are read without the others.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Date, Integer, Table
from sqlalchemy.types import TypeEngine

from store import Instant

if TYPE_CHECKING:
    import pyarrow as pa

OWNER = "owner"
PARTIAL_SUFFIX = ".part"  # of files that are being written
_ROWS_IN_GROUP = 10_000
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """The number of rows of a file that is safely on the disk, and its SHA-256."""

    row_count: int
    digest: str


def write_rows(path: Path, table: Table, rows: Iterable[Sequence[Any]]) -> WrittenFile:
    """Write rows, each with its owner first, in place of a file of that name; they come in the order of owners."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(table)
    descriptor, name = mkstemp(
        prefix=f"{path.name}.", suffix=PARTIAL_SUFFIX, dir=path.parent
    )  # for the owner alone
    os.close(descriptor)
    partial, count = Path(name), 0
    with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        for group in _groups(rows):
            columns = [
                pa.array(values, field.type)
                for values, field in zip(zip(*group, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema), row_group_size=_ROWS_IN_GROUP)
            count += len(group)
    _flush(partial)
    partial.replace(path)
    _flush(path.parent)
    return WrittenFile(count, compute_file_digest(path))


def _groups(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    group: list[Sequence[Any]] = []
    for row in rows:
        group.append(row)
        if len(group) == _ROWS_IN_GROUP:
            yield group
            group = []
    if group:
        yield group


def _flush(path: Path) -> None:
    """Wait until a file, or the entries of a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def iter_rows(path: Path, table: Table, owner: str | None = None) -> Iterator[Row]:
    """Yield the rows of a file with their owners first: all, or those about one member."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    names = [field.name for field in _schema(table)]
    with pq.ParquetFile(path) as file:
        place = file.schema_arrow.get_field_index(OWNER)
        for number in range(file.num_row_groups):
            bounds = file.metadata.row_group(number).column(place).statistics
            if owner is not None and not bounds.min <= owner <= bounds.max:
                continue
            group = file.read_row_group(number, columns=names)
            if owner is not None:
                group = group.filter(pc.equal(group[OWNER], owner))
            yield from zip(*(group[name].to_pylist() for name in names), strict=True)


def compute_file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _schema(table: Table) -> "pa.Schema":
    import pyarrow as pa

    fields = [pa.field(OWNER, pa.string(), nullable=False)]
    fields += [
        pa.field(column.name, _type(column.type), nullable=bool(column.nullable)) for column in table.columns
    ]
    return pa.schema(fields)


def _type(kind: TypeEngine[Any]) -> "pa.DataType":
    import pyarrow as pa

    if isinstance(kind, Instant):
        return pa.timestamp("us", tz="UTC")
    if isinstance(kind, Date):
        return pa.date32()
    if isinstance(kind, BigInteger):
        return pa.int64()
    return pa.int32() if isinstance(kind, Integer) else pa.string()
