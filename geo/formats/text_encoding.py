"""Decode a text file in UTF-8, UTF-16, GB18030 or Big5; never return text of a wrong encoding.

Most bytes of Big5 are valid GB18030 too and become rare or private characters there. So the bytes are
judged before they are decoded: `charset_normalizer` tells Chinese from other languages, and the common
characters tell GB18030 from Big5, for which a single name is enough.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.formats.table import TABLE_FAULTS

_RESAVE = N_("open it in the program it came from and save it as “CSV UTF-8”")
_FAULTS = FaultTable(
    "encoding",
    {
        "workbook": (
            N_("this is a workbook or a ZIP archive, not a CSV"),
            N_("save the sheet as “CSV UTF-8” and import that file"),
        ),
        "gb18030": (
            N_("read as GB18030, since it is not UTF-8"),
            N_("if the names look wrong, save the file as “CSV UTF-8”"),
        ),
        "big5": (
            N_("read as Big5, since it is not UTF-8"),
            N_("if the names look wrong, save the file as “CSV UTF-8”"),
        ),
        "undecodable": (
            N_("the text is not UTF-8, GB18030 or Big5; the bytes {value} can't be read"),
            _RESAVE,
        ),
        "mojibake": (
            N_("the text is not UTF-8, GB18030 or Big5; read as GB18030 it would be “{value}”"),
            _RESAVE,
        ),
        "broken_text": (
            N_("the text was read in a wrong encoding before it was saved: {value}"),
            N_("export it again from the program where it is still right, as “CSV UTF-8”"),
        ),
    },
)

# Text that was not UTF-8 or was read as Latin-1 (ä¸­), and then saved as UTF-8.
_READ_WRONGLY = re.compile(r"锟斤拷|烫烫烫|屯屯屯|(?:[äåæçèé][\x80-\xbf¡-¿“”„…‰‹›œžŸŽ™€‚ƒ†‡ˆŠŒ•–—˜š]{2}){2}")
_HANZI = re.compile(r"[㐀-鿿]")
_BYTES_OF_A_HANZI = 3  # in UTF-8
_LINES = 100  # lines that are judged
_ENOUGH = 40  # characters that tell whether a text is Chinese at all
_FEW = 8  # characters; fewer mislead `charset_normalizer`
_LEAST, _SURE = 0.5, 0.8  # shares of common characters in the encoding of the two that has more of them
_JUDGED_BYTES = 400_000
_LONGEST_WRONG = 6  # characters that the pattern finds at most
_FOREIGN = ("shift_jis", "euc_jp", "cp949", "cp1252")


@dataclass(frozen=True, slots=True)
class _CommonCharacters:
    """How many characters there are, and how many are common ones if the text is GB18030 or Big5."""

    characters: int
    gb18030: int
    big5: int


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """How to decode a file: Python's names of the encoding and of what is done with invalid bytes."""

    name: str
    errors: str = "strict"
    notes: tuple[Fault, ...] = ()


def decode_text_file(content: bytes, file: str) -> tuple[str, tuple[Fault, ...]]:
    """Decode a file in UTF-8, UTF-16 with a byte order mark, GB18030 or Big5.

    Return a warning for each of the last two.
    *Raises*: FaultError as ``detect_text_encoding`` does.
    """
    encoding = detect_text_encoding(io.BytesIO(content), file)
    return content.decode(encoding.name, encoding.errors), encoding.notes


def detect_text_encoding(stream: BinaryIO, file: str) -> TextEncoding:
    """Find the encoding of a file; read all of it from its beginning, a piece at a time.

    *Raises*: FaultError if the file is empty, a workbook, in another encoding, or was decoded wrongly before.
    """
    head = stream.read(_JUDGED_BYTES)
    if not head.strip():
        raise FaultError(TABLE_FAULTS.build("empty", file=file, value=""))
    if head.startswith(b"PK\x03\x04"):
        raise FaultError(_FAULTS.build("workbook", file=file))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return TextEncoding("utf-16", "replace")
    try:
        _refuse_wrongly_saved_text(stream, file)
    except _Undecodable as error:
        return _detect_chinese_encoding(stream, head, file, error)
    return TextEncoding("utf-8-sig")


@dataclass
class _Undecodable(Exception):
    """Bytes that are invalid in an encoding: where they are in the file, in which row, and four of them."""

    at: int
    row: int
    value: str


def _decode_pieces(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the text of a file from its beginning, in pieces. *Raises*: _Undecodable."""
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    at, row = 0, 1
    while True:
        pending = decoder.getstate()[0]
        piece = stream.read(_JUDGED_BYTES)
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            data = pending + piece
            before, value = data.count(b"\n", 0, error.start), data[error.start : error.start + 4].hex(" ")
            raise _Undecodable(at - len(pending) + error.start, row + before, value) from error
        yield text
        if not piece:
            return
        at, row = at + len(piece), row + piece.count(b"\n")


def _refuse_wrongly_saved_text(stream: BinaryIO, file: str) -> None:
    """Refuse text that was UTF-8, was read as GBK or Latin-1, and was saved again.

    *Raises*: FaultError, or _Undecodable if it is not UTF-8.
    """
    head, end, row, found = "", "", 1, None
    for piece in _decode_pieces(stream, "utf-8-sig"):
        head = head or piece
        text = end + piece
        if found is None and (wrong := _READ_WRONGLY.search(text)) is not None:
            found = row + text.count("\n", 0, wrong.start()), wrong.group()
        end = text[-_LONGEST_WRONG:]
        row += text.count("\n") - end.count("\n")
    lines = [(row, line) for row, line in enumerate(head.splitlines(), 1) if not line.isascii()]
    read_as_gbk = [(row, line) for row, line in lines[:_LINES] if _was_utf8(line)]
    if found is None and 2 * len(read_as_gbk) > len(lines[:_LINES]):
        found = read_as_gbk[0]
    if found is not None:
        raise FaultError(_FAULTS.build("broken_text", file=file, row=found[0], value=found[1][:40]))


def _was_utf8(line: str) -> bool:
    """Return whether most bytes of a line, in GBK, are Hanzi in UTF-8 (椹跨珯 was 驿站)."""
    content = line.replace("\ufffd", "").encode("gb18030", "ignore")
    hanzi = _HANZI.findall(content.decode("utf-8", "ignore"))
    return 2 * _BYTES_OF_A_HANZI * len(hanzi) > sum(byte >= 0x80 for byte in content)


def _detect_chinese_encoding(stream: BinaryIO, head: bytes, file: str, in_utf8: _Undecodable) -> TextEncoding:
    encoding = find_chinese_encoding(head)
    line: tuple[int, str] | None = None
    try:
        for number, piece in enumerate(_decode_pieces(stream, encoding or "gb18030")):
            if number == 0:
                lines = enumerate(piece.splitlines(), 1)
                line = next(((row, text) for row, text in lines if not text.isascii()), (1, ""))
    except _Undecodable as error:
        furthest = max(error, in_utf8, key=lambda found: found.at)
        raise FaultError(
            _FAULTS.build("undecodable", file=file, row=furthest.row, value=furthest.value)
        ) from error
    if encoding is None:
        row, text = line or (1, "")
        raise FaultError(_FAULTS.build("mojibake", file=file, row=row, value=text[:40]))
    code, name = ("gb18030", "GB18030") if encoding == "gb18030" else ("big5", "Big5")
    return TextEncoding(encoding, notes=(_FAULTS.build(code, file=file, value=name, severity="warning"),))


def find_chinese_encoding(content: bytes) -> str | None:
    """Return Python's name of the encoding of bytes that are not UTF-8; None if they are no Chinese text."""
    from charset_normalizer import from_bytes  # takes 50 ms to import, which files in UTF-8 don't need

    sample = content[:_JUDGED_BYTES]
    count = _count_common_characters(sample)
    best = from_bytes(sample, cp_isolation=["gb18030", "big5", "big5hkscs", *_FOREIGN], threshold=1.0).best()
    guess = "gb18030" if best is None else best.encoding
    common = max(count.gb18030, count.big5) / max(count.characters, 1)
    if guess in _FOREIGN and (count.characters >= _ENOUGH or common < _LEAST):
        return None
    if guess in _FOREIGN or common >= _SURE or count.characters < _FEW:
        return "gb18030" if count.gb18030 >= count.big5 else "big5hkscs"
    return "gb18030" if guess == "gb18030" else "big5hkscs"


def _count_common_characters(content: bytes) -> _CommonCharacters:
    """Count the common characters by their bytes: level 1 of GB 2312, level 1 of Big5, and punctuation."""
    count = simplified = traditional = at = 0
    while at + 1 < len(content):
        lead, trail = content[at], content[at + 1]
        if lead < 0x80:
            at += 1
            continue
        at, count = at + 2, count + 1
        is_high = trail >= 0xA1
        simplified += is_high and (0xB0 <= lead <= 0xD7 or 0xA1 <= lead <= 0xA3)
        traditional += (is_high or 0x40 <= trail <= 0x7E) and 0xA1 <= lead <= 0xC6
    return _CommonCharacters(count, simplified, traditional)
