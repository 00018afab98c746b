"""Scan a worksheet's XML for what the value reader ignores: formulas without a value, errors, extent."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_

WORKBOOK_FAULTS = FaultTable(
    "workbook",
    {
        "doctype": (
            N_("the part {value} of the workbook declares a document type, as attacks by entities do"),
            N_("don't open this file; ask its sender for another one, saved anew as .xlsx"),
        ),
        "torn": (
            N_("the part {value} of the workbook is torn: {detail}"),
            N_("open it in the program it came from and save it again"),
        ),
        "too_wide": (
            N_("the sheet reaches to cell {value}, which makes more than {most} cells"),
            N_("delete what stands far from the table, or save the table alone as “CSV UTF-8”"),
        ),
        "too_much_text": (
            N_("the sheet's cells hold more than {value} characters"),
            N_("delete the cells with the long texts, or save the table as “CSV UTF-8”"),
        ),
        "too_sparse": (
            N_("the sheet reaches to cell {value}, but only {filled} cells hold anything"),
            N_("delete what stands far from the table, or save the table alone as “CSV UTF-8”"),
        ),
        "too_many": (
            N_(
                "the part {value} of the workbook has more than {most} texts, merged cells, formulas or formats"
            ),
            N_("save the table alone as “CSV UTF-8”"),
        ),
        "too_large": (
            N_("unpacked, the workbook has {value} MB; at most {most} are read"),
            N_(
                "delete what is no register, such as pictures and empty formatted rows, or save it as “CSV UTF-8”"
            ),
        ),
        "unreadable": (
            N_("the workbook can't be read: it is damaged, or was cut off"),
            N_(
                "open it in the program it came from, without a password, and save it as .xlsx or “CSV UTF-8”"
            ),
        ),
    },
)

CellPosition = tuple[int, int]  # row, column, both from 0
MAX_WORKSHEET_CELLS = 8_000_000  # 190,000 rows of 42 columns
MAX_WORKSHEET_CHARS = 500_000_000  # characters, each use of a shared text counted
MAX_SHARED_TEXTS = 4_000_000  # 190,000 rows of 20 columns, each text once
MAX_PART_ELEMENTS = 2_000_000  # of formats, names and relations
MAX_MARKED_CELLS = 100_000  # merged, with an error, or with a formula that has no value
_SPARSE_AREA, _SPARSE_SHARE = 1_000_000, 50  # above this area one cell in 50 must hold something
_PROLOG = 65_536
_WIDEST = 16_384  # columns of a worksheet
_REF = re.compile(r"([A-Z]{1,3})(\d{1,7})")
UNPACKED_LIMIT_MB = 256  # 190,000 rows of 20 columns take 150 MB
_MEGABYTE = 1_000_000
_AT_ONCE = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


@dataclass(slots=True)
class WorksheetScan:
    """The result of a scan: ``formulas`` have no stored value, ``errors`` hold #REF! and the like.

    ``reach`` is one row and one column beyond the last used cell. Rows and columns are hidden by a filter, by hand
    or by a size of nothing.
    """

    formulas: dict[CellPosition, str] = field(default_factory=dict)
    errors: dict[CellPosition, str] = field(default_factory=dict)
    reach: CellPosition = (0, 0)
    characters: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


class _ElementBegun(Exception):
    """Raised when the root element begins; a document type can't be declared after it."""


def refuse_doctype(part: bytes, name: str, file: str) -> None:
    """Refuse a workbook part that declares a document type, because entities could then be expanded.

    *Raises*: FaultError.
    """
    parser = expat.ParserCreate("utf-8")  # whatever encoding the part declares

    def refuse(*_: object) -> None:
        raise FaultError(WORKBOOK_FAULTS.build("doctype", file=file, value=name))

    def stop(*_: object) -> None:
        raise _ElementBegun

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = stop
    try:
        parser.Parse(part[:_PROLOG], False)
    except _ElementBegun:
        return
    except expat.ExpatError as error:
        raise FaultError(_torn(file, name, str(error))) from error
    raise FaultError(_torn(file, name, "no element"))


def refuse_many_elements(part: bytes, name: str, file: str) -> None:
    """Refuse a part with more elements than a workbook has; a worksheet is counted by its scan.

    *Raises*: FaultError.
    """
    if part.count(b"<") > 2 * MAX_PART_ELEMENTS:  # most elements have an end of their own
        raise _too_many(file, name, MAX_PART_ELEMENTS)


def scan_worksheet(part: bytes, text_lengths: Sequence[int], name: str, file: str) -> WorksheetScan:
    """Scan a worksheet. *Raises*: FaultError if it is damaged, or larger than any register."""
    scanner = _Scanner(text_lengths, name, file)
    _parse(part, name, file, scanner.start, scanner.text)
    scanner.finish()
    scanner.refuse_sparse()
    return scanner.findings


def shared_text_lengths(part: bytes, name: str, file: str) -> list[int]:
    """Return the number of characters of each shared text. *Raises*: FaultError if the part is damaged."""
    lengths: list[int] = []

    def start(tag: str, _: Mapping[str, str]) -> None:
        if _local(tag) == "si":
            lengths.append(0)
            if len(lengths) > MAX_SHARED_TEXTS:
                raise _too_many(file, name, MAX_SHARED_TEXTS)

    def text(data: str) -> None:
        if lengths:
            lengths[-1] += len(data)

    _parse(part, name, file, start, text)
    return lengths


def _parse(
    part: bytes,
    name: str,
    file: str,
    start: Callable[[str, Mapping[str, str]], None],
    text: Callable[[str], None],
) -> None:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise FaultError(_torn(file, name, str(error))) from error


def refuse_large_area(cells: int, reach: CellPosition, file: str) -> None:
    """Refuse more cells, of all sheets together, than a register has. *Raises*: FaultError."""
    if cells > MAX_WORKSHEET_CELLS:
        last = format_cell_reference((reach[0] - 1, reach[1] - 1))
        raise FaultError(
            WORKBOOK_FAULTS.build("too_wide", file=file, value=last, most=f"{MAX_WORKSHEET_CELLS:,}")
        )


def column_letters(column: int) -> str:
    """Return the letters of a column: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


class _Scanner:
    """Examine one cell at a time; a cell is examined when the next one begins."""

    def __init__(self, text_lengths: Sequence[int], name: str, file: str) -> None:
        self.findings = WorksheetScan()
        self._name = name
        self._filled = self._merged = 0
        self._lengths = text_lengths
        self._file = file
        self._at: CellPosition = (-1, -1)
        self._type = ""
        self._inside = ""
        self._formula: str | None = None
        self._value = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._inside = tag = _local(tag)
        if tag == "c":
            self.finish()
            self._at = _position(attributes.get("r", "")) or (self._at[0], self._at[1] + 1)
            self._type = attributes.get("t", "")
        elif tag == "row":
            self.finish()
            number = attributes.get("r", "")
            self._at = (int(number) - 1 if number.isdecimal() else self._at[0] + 1, -1)
            if _is_hidden(attributes, "ht"):
                self.findings.hidden_rows.add(self._at[0])
        elif tag == "col" and _is_hidden(attributes, "width"):
            first, last = (int(attributes.get(end, "0")) for end in ("min", "max"))
            self.findings.hidden_columns.update(range(first - 1, min(last, _WIDEST)))
        elif tag == "f":
            self._formula = ""
        elif tag == "mergeCell":
            self._merged += 1
            self._refuse_many_marks(self._merged)

    def text(self, data: str) -> None:
        if self._inside == "f":
            self._formula = (self._formula or "") + data.strip()
        elif self._inside in ("v", "t"):
            self._value += data.strip()

    def finish(self) -> None:
        """Record the finished cell."""
        if self._formula is not None and not self._value:
            self.findings.formulas[self._at] = "=" + (self._formula or "…")
        elif self._type == "e":
            self.findings.errors[self._at] = self._value
        self._refuse_many_marks(len(self.findings.formulas) + len(self.findings.errors))
        if self._formula is not None or self._value:
            self._count()
        self._formula, self._value, self._type, self._inside = None, "", "", ""

    def refuse_sparse(self) -> None:
        """Refuse a few cells that reach far: the values between them would fill the memory."""
        rows, width = self.findings.reach
        if rows * width > max(_SPARSE_AREA, _SPARSE_SHARE * self._filled):
            last = format_cell_reference((rows - 1, width - 1))
            raise FaultError(
                WORKBOOK_FAULTS.build("too_sparse", file=self._file, value=last, filled=self._filled)
            )

    def _refuse_many_marks(self, count: int) -> None:
        if count > MAX_MARKED_CELLS:
            raise _too_many(self._file, self._name, MAX_MARKED_CELLS)

    def _count(self) -> None:
        found = self.findings
        self._filled += 1
        found.reach = (max(found.reach[0], self._at[0] + 1), max(found.reach[1], self._at[1] + 1))
        if self._type == "s" and self._value.isdecimal() and int(self._value) < len(self._lengths):
            found.characters += self._lengths[int(self._value)]
        refuse_large_area(found.reach[0] * found.reach[1], found.reach, self._file)
        if found.characters > MAX_WORKSHEET_CHARS:
            raise FaultError(
                WORKBOOK_FAULTS.build("too_much_text", file=self._file, value=f"{found.characters:,}")
            )


def _is_hidden(attributes: Mapping[str, str], size: str) -> bool:
    return attributes.get("hidden", "").lower() in ("1", "true", "on") or not float(attributes.get(size) or 1)


def _position(ref: str) -> CellPosition | None:
    matched = _REF.fullmatch(ref)
    if matched is None:
        return None
    column = 0
    for letter in matched[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(matched[2]) - 1, column - 1


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def format_cell_reference(cell: CellPosition) -> str:
    """Format a cell position as a reference: C4."""
    return f"{column_letters(cell[1])}{cell[0] + 1}"


def _torn(file: str, name: str, detail: str) -> Fault:
    return WORKBOOK_FAULTS.build("torn", file=file, value=name, detail=detail)


def _too_many(file: str, name: str, most: int) -> FaultError:
    return FaultError(WORKBOOK_FAULTS.build("too_many", file=file, value=name, most=f"{most:,}"))


def unpack_zip_parts(content: bytes, file: str, wanted: Callable[[str], bool]) -> Mapping[str, bytes]:
    """Return the parts of an archive whose names ``wanted`` accepts, by name.

    Both the declared size and the real size are checked, so a ZIP bomb is refused before or during
    unpacking.
    *Raises*: FaultError if the archive is damaged, encrypted or too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = [info for info in archive.infolist() if wanted(info.filename)]
            _refuse_above(sum(info.file_size for info in infos), file)
            parts: dict[str, bytes] = {}
            for info in infos:
                parts[info.filename] = _part(archive, info, file, sum(map(len, parts.values())))
            return parts
    except _BROKEN as error:
        raise FaultError(WORKBOOK_FAULTS.build("unreadable", file=file, value=str(error)[:200])) from error


def pack_zip_parts(parts: Mapping[str, bytes]) -> bytes:
    """Pack the parts into an uncompressed archive, so that a reader sees only these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def _part(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: str, before: int) -> bytes:
    pieces, size = [], before
    with archive.open(info) as part:
        while piece := part.read(_AT_ONCE):
            size += len(piece)
            _refuse_above(size, file)
            pieces.append(piece)
    return b"".join(pieces)


def _refuse_above(size: int, file: str) -> None:
    if size > UNPACKED_LIMIT_MB * _MEGABYTE:
        raise FaultError(
            WORKBOOK_FAULTS.build(
                "too_large", file=file, value=f"{size / _MEGABYTE:,.0f}", most=UNPACKED_LIMIT_MB
            )
        )
