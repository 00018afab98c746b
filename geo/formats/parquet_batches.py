"""Read a Parquet file within limits that are checked before the rows are unpacked.

A file of three kilobytes can hold a text of three megabytes once and name it in a thousand rows.
"""

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.faults import FaultError, FaultTable
from core.text_marks import N_

_FAULTS = FaultTable(
    "parquet",
    {
        "too_large": (
            N_("unpacked, the Parquet file has {value} rows or {size} MB, or more; so much is not read"),
            N_("split it by city or by province"),
        ),
    },
)
UNPACKED_LIMIT_BYTES = 512_000_000
_BATCH_ROWS = 1_000
_BYTES_OF_A_VALUE = 8


def read_parquet_table(content: bytes, file: str, most_rows: int) -> pa.Table:
    """Return all rows, with texts as texts.

    *Raises*: FaultError if the file is larger than the limits; pa.ArrowException, OSError if it is damaged.
    """
    plain = pq.ParquetFile(io.BytesIO(content))
    _refuse_large(plain, file, most_rows)
    columns = map(plain.schema.column, range(len(plain.schema)))
    texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
    parquet = pq.ParquetFile(io.BytesIO(content), read_dictionary=texts)
    batches, size = [], 0
    for batch in parquet.iter_batches(batch_size=_BATCH_ROWS):
        size += sum(map(_unpacked_bytes, batch.columns))
        if size > UNPACKED_LIMIT_BYTES:
            raise _too_large(file, parquet.metadata.num_rows, size)
        batches.append(_with_texts(batch, plain.schema_arrow))
    table = pa.Table.from_batches(batches, plain.schema_arrow)
    return table.drop_columns([name for name in table.column_names if name.startswith("__index_level")])


def _refuse_large(parquet: pq.ParquetFile, file: str, most_rows: int) -> None:
    """Refuse by what the file declares: rows, bytes of its columns, values of its lists.

    A column's metadata are read after a scan only: where they contradict the schema, pyarrow 26 ends the
    whole process (an exception of C++ that ``RowGroupMetaData.column`` doesn't translate). The scan raises it as
    an error. It decodes a batch at a time and keeps nothing.
    """
    total = sum(max(group.total_byte_size, 0) for group in _row_groups(parquet.metadata))
    if parquet.metadata.num_rows > most_rows or total > UNPACKED_LIMIT_BYTES:
        raise _too_large(file, parquet.metadata.num_rows, total)
    parquet.scan_contents(batch_size=_BATCH_ROWS)
    total = 0
    for group in _row_groups(parquet.metadata):
        for number in range(group.num_columns):
            column, about = group.column(number), parquet.schema.column(number)
            total += max(column.total_uncompressed_size, 0)
            if about.max_repetition_level or about.physical_type == "FIXED_LEN_BYTE_ARRAY":
                total += max(_BYTES_OF_A_VALUE, about.length) * max(column.num_values, 0)
    if parquet.metadata.num_rows > most_rows or total > UNPACKED_LIMIT_BYTES:
        raise _too_large(file, parquet.metadata.num_rows, total)


def _row_groups(metadata: pq.FileMetaData) -> Iterator[pq.RowGroupMetaData]:
    for number in range(metadata.num_row_groups):
        yield metadata.row_group(number)


def _unpacked_bytes(column: pa.Array) -> int:
    """Return the bytes of a column after each row has its own copy of the text."""
    if pa.types.is_dictionary(column.type):
        own = _BYTES_OF_A_VALUE * len(column)
        if not _is_text(column.dictionary.type):
            return own + int(column.dictionary.nbytes)
        lengths = pc.binary_length(column.dictionary).take(column.indices)
        return own + int(pc.sum(lengths.cast(pa.int64())).as_py() or 0)
    if pa.types.is_struct(column.type):
        return int(sum(map(_unpacked_bytes, column.flatten())))
    if isinstance(column, pa.MapArray):
        return _unpacked_bytes(column.keys) + _unpacked_bytes(column.items)
    if pa.types.is_nested(column.type):
        return _BYTES_OF_A_VALUE * len(column) + _unpacked_bytes(column.flatten())
    return int(column.nbytes)


def _is_text(type_: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(type_)
        or pa.types.is_binary(type_)
        or pa.types.is_large_string(type_)
        or pa.types.is_large_binary(type_)
    )


def _with_texts(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [
        column if column.type == field.type else column.cast(field.type)
        for column, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _too_large(file: str, rows: int, size: int) -> FaultError:
    return FaultError(_FAULTS.build("too_large", file=file, value=f"{rows:,}", size=f"{size / 1e6:,.0f}"))
