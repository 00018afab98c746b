"""Find the Shapefiles in a ZIP file, and the encoding of their attributes, before GDAL opens one.

*Source*: ESRI Shapefile Technical Description (July 1998); the header of a dBASE III table.
"""

import codecs
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np

from core.faults import FaultError, FaultTable, raise_faults
from core.sheets.sheet_xml import pack_zip_parts, unpack_zip_parts
from core.sheets.text_encoding import TextEncoding, detect_text_encoding, list_chinese_encodings
from core.text_marks import N_

_NEEDED, _FURTHER = ("shp", "shx", "dbf"), ("prj", "cpg")
_SHX_HEADER_BYTES, _SHX_RECORD_BYTES = 100, 8
_LENGTH_WORDS = slice(24, 28)  # of the headers of .shp and .shx: their length in words of two bytes
_DBF_FIELD_BYTES, _DBF_LANGUAGE_AT = 32, 29
_JUDGED_RECORDS = 2_000
_NAME_BYTES, _LENGTH_AT = 11, 16  # of the description of a column
_PACK_AGAIN = N_("put the .shp, .shx, .dbf, .prj and .cpg files of the layer into the ZIP file")
_STATEMENTS: Mapping[
    str, tuple[str, ...]
] = {  # with which each encoding is stated in a .cpg or by a language byte
    "utf-8": ("utf", "65001"),
    "gb18030": ("gb", "936", "0x4d", "0x7a", "0x57", "ansi", "system"),
    "big5hkscs": ("big5", "950", "0x4f", "0x78"),
}
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
        "other_encoding": (
            N_("the Shapefile states another encoding ({value}) than its bytes have; read as {found}"),
            N_("if the names look wrong, save the layer as GeoPackage"),
        ),
        "stated": (
            N_("the encoding that the Shapefile states ({value}) doesn't fit its bytes for certain"),
            N_("correct the .cpg file and save the layer as GeoPackage"),
        ),
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
        records, header_bytes, record_bytes = _read_sizes(table)
        is_table_whole = (
            _DBF_FIELD_BYTES < header_bytes <= header_bytes + records * record_bytes <= len(table)
        )
        are_fields_whole = all(one.stop <= record_bytes for one in _text_fields(table))
        return is_table_whole and record_bytes > 0 and are_fields_whole and records == self.row_count

    @property
    def stated_encoding(self) -> str:
        """The encoding that the .cpg file or the language byte of the table states; empty if neither does."""
        cpg = self.parts.get("cpg", b"").decode("ascii", "replace").strip()
        language = self.parts["dbf"][_DBF_LANGUAGE_AT]
        return f".cpg: {cpg[:20]}" if cpg else f"LDID 0x{language:02X}" if language else ""

    def pack(self, encoding: TextEncoding) -> bytes:
        """Return a ZIP file with this Shapefile alone; the encoding that was found stands for the file's own."""
        parts = {end: part for end, part in self.parts.items() if end != "cpg"}
        parts["dbf"] = _trim_texts(parts["dbf"], encoding.name)
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
    lacking = {name: [f".{end}" for end in _NEEDED if end not in parts] for name, parts in shapes.items()}
    raise_faults(
        _FAULTS.build("parts", file=file, value=name[:80], parts="、".join(missing))
        for name, missing in lacking.items()
        if missing
    )
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
    """Return a name as it was meant: without a mark for UTF-8 Python reads its bytes as code page 437."""
    try:
        content = path.encode("cp437")
        return content.decode(
            "utf-8" if _is_valid(content, "utf-8") else (*list_chinese_encodings(content), "gb18030")[0]
        )
    except UnicodeError:
        return path


def check_row_count(shapefile: Shapefile, file: str, most: int) -> None:
    """*Raises*: FaultError for a Shapefile with more records."""
    if shapefile.row_count > most:
        value = f"{shapefile.row_count:,}"
        raise FaultError(_FAULTS.build("rows", file=file, value=value, most=f"{most:,}"))


def find_attribute_encoding(shapefile: Shapefile, file: str) -> TextEncoding:
    """Return the encoding of attributes by their bytes, with a note where the Shapefile states another one.

    *Raises*: FaultError for texts in no encoding that is certain.
    """
    texts = list(_iter_texts(shapefile.parts["dbf"]))
    for encoding in ("utf-8", "gb18030"):  # Big5 has the same lead bytes as GB18030
        content = b"\n".join(_trim(text, encoding) for text in texts)
        if encoding == "gb18030" or _is_valid(content, encoding):
            break
    stated = shapefile.stated_encoding
    try:
        found = detect_text_encoding(io.BytesIO(content), file)
    except FaultError as error:
        if not stated:
            raise
        raise FaultError([*error.faults, _FAULTS.build("stated", file=file, value=stated)]) from error
    if content.isascii() or any(one in stated.lower() for one in _STATEMENTS[found.name]):
        return TextEncoding(found.name)
    if not stated:
        return found
    name = found.name.removesuffix("hkscs").upper()
    note = _FAULTS.build("other_encoding", file=file, value=stated, found=name, severity="warning")
    return replace(found, notes=(*found.notes, note))


def _is_valid(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _iter_texts(table: bytes) -> Iterator[bytes]:
    """Yield the names of the columns and the texts of the first records."""
    for at in _field_positions(table):
        yield table[at : at + _NAME_BYTES].partition(b"\0")[0]
    (records, header_bytes, record_bytes), fields = _read_sizes(table), _text_fields(table)
    for first in range(
        header_bytes, header_bytes + min(records, _JUDGED_RECORDS) * record_bytes, record_bytes
    ):
        yield from (table[first + one.start : first + one.stop].strip(b"\0 ") for one in fields)


def _text_fields(table: bytes) -> list[slice]:
    """Return where the text columns are in a record."""
    fields, start = [], 1  # after the mark of a deleted record
    for at in _field_positions(table):
        if table[at + _NAME_BYTES] == ord("C"):
            fields.append(slice(start, start + table[at + _LENGTH_AT]))
        start += table[at + _LENGTH_AT]
    return fields


def _trim(text: bytes, encoding: str) -> bytes:
    """Return a text without the part of a last character that its field had no room for."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        decoder.decode(text)
    except UnicodeDecodeError:
        return text
    return text[: len(text) - len(decoder.getstate()[0])]


def _trim_texts(table: bytes, encoding: str) -> bytes:
    """Return a table whose names and texts are whole characters: many programs cut names after ten bytes."""
    trimmed = bytearray(table)
    for at in _field_positions(table):
        name = _trim(table[at : at + _NAME_BYTES].partition(b"\0")[0], encoding)
        trimmed[at : at + _NAME_BYTES] = name.ljust(_NAME_BYTES, b"\0")
    records, header_bytes, record_bytes = _read_sizes(table)
    rows = np.frombuffer(table, np.uint8, records * record_bytes, header_bytes).reshape(records, record_bytes)
    for one in _text_fields(table):
        for row in np.flatnonzero(rows[:, one.stop - 1] >= 0x80).tolist():  # the text fills its field
            first = header_bytes + row * record_bytes
            place = slice(first + one.start, first + one.stop)
            trimmed[place] = _trim(table[place], encoding).ljust(place.stop - place.start)
    return bytes(trimmed)


def _read_sizes(table: bytes) -> tuple[int, int, int]:
    """Return the number of records, the bytes of the header and those of a record."""
    records, header, record = (
        int.from_bytes(table[begin:end], "little") for begin, end in ((4, 8), (8, 10), (10, 12))
    )
    return records, header, record


def _field_positions(table: bytes) -> Iterator[int]:
    """Yield where the description of each column begins."""
    header_bytes = min(int.from_bytes(table[8:10], "little"), len(table))
    for at in range(_DBF_FIELD_BYTES, header_bytes - _DBF_FIELD_BYTES + 1, _DBF_FIELD_BYTES):
        if table[at : at + 1] == b"\r":
            return
        yield at
