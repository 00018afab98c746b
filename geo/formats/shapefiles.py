"""Find the Shapefiles in a ZIP file, and the encoding of their attributes, before GDAL opens one.

*Source*: ESRI Shapefile Technical Description (July 1998); the header of a dBASE III table.
"""

import codecs
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.formats.sheet_xml import pack_zip_parts, unpack_zip_parts
from geo.formats.text_encoding import TextEncoding, detect_text_encoding

_NEEDED, _FURTHER = ("shp", "shx", "dbf"), ("prj", "cpg")
_SHX_HEADER_BYTES, _SHX_RECORD_BYTES = 100, 8
_LENGTH_WORDS = slice(24, 28)  # of the headers of .shp and .shx: their length in words of two bytes
_DBF_FIELD_BYTES, _DBF_LANGUAGE_AT = 32, 29
_JUDGED_RECORDS = 2_000
_NAME_BYTES, _LENGTH_AT = 11, 16  # of the description of a column
_PACK_AGAIN = N_("put the .shp, .shx, .dbf, .prj and .cpg files of the layer into the ZIP file")
_FAULTS = FaultTable(
    "shapefile",
    {
        "absent": (
            N_("the ZIP file holds no Shapefile"),
            N_(
                "put the files of the layer into it (.shp, .shx, .dbf, .prj, .cpg), or unpack the table that it holds"
            ),
        ),
        "parts": (N_("the Shapefile {value} lacks its parts {parts}"), _PACK_AGAIN),
        "damaged": (N_("the Shapefile {value} is damaged"), _PACK_AGAIN),
        "zip_unreadable": (
            N_("the ZIP file can't be read: it is damaged, was cut off or has a password"),
            _PACK_AGAIN,
        ),
        "zip_too_large": (
            N_("unpacked, the Shapefiles have {value} MB; at most {most} are read"),
            N_("split the layer by city, or leave out columns that nobody needs"),
        ),
        "rows": (
            N_("the layer has {value} rows; at most {most} are read"),
            N_("split it by city or by province"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Shapefile:
    """One Shapefile: its parts by the endings of their names."""

    name: str
    parts: Mapping[str, bytes]

    @property
    def row_count(self) -> int:
        """The number of its records, by the length of its index."""
        return max(0, len(self.parts["shx"]) - _SHX_HEADER_BYTES) // _SHX_RECORD_BYTES

    @property
    def is_whole(self) -> bool:
        """Whether each part is as long as its header says, and index and table have the same number of records.

        GDAL reads what is left of a part that was cut off, and only warns.
        """
        for end in ("shp", "shx"):
            part = self.parts[end]
            if not _SHX_HEADER_BYTES <= 2 * int.from_bytes(part[_LENGTH_WORDS], "big") <= len(part):
                return False
        table = self.parts["dbf"]
        records, header_bytes, record_bytes = (
            int.from_bytes(table[begin:end], "little") for begin, end in ((4, 8), (8, 10), (10, 12))
        )
        is_table_whole = (
            _DBF_FIELD_BYTES < header_bytes <= header_bytes + records * record_bytes <= len(table)
        )
        return is_table_whole and records == self.row_count

    def pack(self, encoding: TextEncoding | None) -> bytes:
        """Return a ZIP file with this Shapefile alone; an encoding that was found stands for the file's own."""
        parts = {end: part for end, part in self.parts.items() if end != "cpg" or encoding is None}
        stated = parts.get("cpg", b"").lower()
        if (encoding and encoding.name == "utf-8") or b"utf" in stated or b"65001" in stated:
            parts["dbf"] = _trim_headers(parts["dbf"])
        return pack_zip_parts({f"layer.{end}": part for end, part in parts.items()})


def find_shapefiles(content: bytes, file: str) -> Mapping[str, Shapefile]:
    """Return the Shapefiles of a ZIP file by their names.

    *Raises*: FaultError where there is none, where parts are missing or cut off, or for an archive that is damaged,
    encrypted or too large.
    """
    found: dict[str, dict[str, bytes]] = {}
    for path, part in _unpack(content, file).items():
        inside = PurePosixPath(_decode_name(path))
        found.setdefault(inside.stem, {})[inside.suffix.lower().removeprefix(".")] = part
    shapes = {name: parts for name, parts in found.items() if "shp" in parts}
    if not shapes:
        raise FaultError(_FAULTS.build("absent", file=file, value=file))
    raise_faults(_list_missing_parts(shapes, file))
    layers = {name: Shapefile(name, parts) for name, parts in shapes.items()}
    torn = (name[:80] for name, layer in layers.items() if not layer.is_whole)
    raise_faults(_FAULTS.build("damaged", file=file, value=name) for name in torn)
    return layers


def _unpack(content: bytes, file: str) -> Mapping[str, bytes]:
    """Unpack the parts; its faults speak of a ZIP file, where those of the reader speak of a workbook."""
    try:
        return unpack_zip_parts(content, file, _is_part)
    except FaultError as error:
        (fault,) = error.faults
        code = f"zip_{fault.short_code}"
        raise FaultError(
            _FAULTS.build(code, file=file, value=fault.value, most=fault.params.get("most", ""))
        ) from error


def _is_part(path: str) -> bool:
    ending = path.lower().rpartition(".")[2]
    return ending in (*_NEEDED, *_FURTHER) and not path.startswith("__MACOSX/")


def _decode_name(path: str) -> str:
    """Return a name as it was meant: without a mark for UTF-8 Python reads the bytes of GBK as code page 437."""
    try:
        return path.encode("cp437").decode("gb18030")
    except UnicodeError:
        return path


def _list_missing_parts(shapes: Mapping[str, Mapping[str, bytes]], file: str) -> Iterator[Fault]:
    for name, parts in shapes.items():
        if missing := [f".{end}" for end in _NEEDED if end not in parts]:
            yield _FAULTS.build("parts", file=file, value=name[:80], parts="、".join(missing))


def check_row_count(shapefile: Shapefile, file: str, most: int) -> None:
    """*Raises*: FaultError for a Shapefile with more records."""
    if shapefile.row_count > most:
        value = f"{shapefile.row_count:,}"
        raise FaultError(_FAULTS.build("rows", file=file, value=value, most=f"{most:,}"))


def find_attribute_encoding(shapefile: Shapefile, file: str) -> TextEncoding | None:
    """Return the encoding of attributes by their own bytes; None where the Shapefile states it.

    *Raises*: FaultError for texts in no encoding that is known.
    """
    table = shapefile.parts["dbf"]
    if "cpg" in shapefile.parts or table[_DBF_LANGUAGE_AT]:
        return None
    found = detect_text_encoding(io.BytesIO(b"\n".join(_iter_texts(table))), file)
    return TextEncoding("utf-8") if found.name == "utf-8-sig" else found


def _iter_texts(table: bytes) -> Iterator[bytes]:
    """Yield the names of the columns and the texts of the first records."""
    header_bytes, record_bytes = (int.from_bytes(table[at : at + 2], "little") for at in (8, 10))
    fields = []
    start = 1  # after the mark of a deleted record
    for at in _field_positions(table):
        kind, length = table[at + _NAME_BYTES], table[at + _LENGTH_AT]
        yield _trim(table[at : at + _NAME_BYTES].partition(b"\0")[0])
        if kind == ord("C"):
            fields.append(slice(start, start + length))
        start += length
    for number in range(_JUDGED_RECORDS):
        record = table[header_bytes + number * record_bytes :][:record_bytes]
        if not record:
            return
        for one in fields:
            yield _trim(record[one].strip(b"\0 "))


def _trim(text: bytes) -> bytes:
    """Return a text without the part of a last character in UTF-8 that its field had no room for."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(text)
    except UnicodeDecodeError:
        return text
    return text[: len(text) - len(decoder.getstate()[0])]


def _trim_headers(table: bytes) -> bytes:
    """Return a table whose column names are whole characters: many programs cut them after ten bytes."""
    trimmed = bytearray(table)
    for at in _field_positions(table):
        name = _trim(table[at : at + _NAME_BYTES].partition(b"\0")[0])
        trimmed[at : at + _NAME_BYTES] = name.ljust(_NAME_BYTES, b"\0")
    return bytes(trimmed)


def _field_positions(table: bytes) -> Iterator[int]:
    """Yield where the description of each column begins."""
    header_bytes = min(int.from_bytes(table[8:10], "little"), len(table))
    for at in range(_DBF_FIELD_BYTES, header_bytes - _DBF_FIELD_BYTES + 1, _DBF_FIELD_BYTES):
        if table[at : at + 1] == b"\r":
            return
        yield at
