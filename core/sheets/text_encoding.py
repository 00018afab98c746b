"""Decode a text file in UTF-8, UTF-16, UTF-32, GB18030 or Big5; never return text of a wrong encoding.

What is stated about a file (a byte order mark, a charset, a language byte) gives way to its bytes. That bytes are
valid in an encoding isn't enough: most bytes of Big5 are valid GB18030 too and become rare or private characters
there. So the readings are compared by their strange characters, and where two are about as good, the file is refused.
`charset_normalizer` tells Chinese from other languages.
"""

import codecs
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO

from core.faults import Fault, FaultError, FaultTable
from core.sheets.table import TABLE_FAULTS
from core.text_marks import N_

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
        "ambiguous": (
            N_("the text could be {value}: it is too short to tell which"),
            N_(
                "save a table as XLSX, or as “CSV UTF-8” with Chinese column names; save a layer as GeoPackage"
            ),
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
_LAST_CYRILLIC, _END_OF_TWO_BYTES = "\u045f", "\u0800"  # of Russian; of what two bytes say in UTF-8
_LINES = 100  # lines that are judged
_ENOUGH = 40  # characters that tell whether a text is Chinese at all
_LEAST = 0.5  # share of characters that are not strange
_RARE = 2  # weight of a rare character
_MARGIN = 2 * _RARE  # by which a reading must be better than another
_STRANGEST_UTF_16 = 0.25  # rare characters for each character
# What the names and addresses of stations and the headers of their registers are mostly written in.
_FAMILIAR = frozenset(
    "的省市区區县縣乡鄉镇鎮村街道路巷弄号號楼樓层層室座棟东東西南北中上下左右前后後大小新老一二三四五六七八九十百年月日时時间間分周週至开開放营營业業服务務站点點驿驛户戶外劳勞动動者工会會职職员員公司局所院校学學医醫馆館店场場厂廠"
    "园園广廣心门門口行车車社城山河湖海江水电電话話地址名称稱类類型编編单單位备注联聯系方式设設施饮飲热熱充空调調休息厕廁母婴嬰哺乳集妈媽屋家国國民人文化体體育政府机機构構关關金安平和福华光明建生活商银銀总總台臺高花林交通科技农農"
)
_JUDGED_BYTES = 400_000
_LONGEST_WRONG = 6  # characters that the pattern finds at most
_FOREIGN = ("shift_jis", "euc_jp", "cp949", "cp1252")
_NAMES = {"gb18030": "GB18030", "big5hkscs": "Big5"}  # of the encodings of Chinese text, as people write them
_UTF_32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_LAST_PLANE = 3  # of Unicode that holds letters
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HANZI_WORD = re.compile(r"[㐀-鿿]{2}")


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """How to decode a file: Python's names of the encoding and of what is done with invalid bytes.

    ``skipped_bytes`` are those of a byte order mark that isn't the encoding's own.
    """

    name: str
    errors: str = "strict"
    notes: tuple[Fault, ...] = ()
    skipped_bytes: int = 0


def decode_text_file(content: bytes, file: str) -> tuple[str, tuple[Fault, ...]]:
    """Decode a file in UTF-8, UTF-16, UTF-32, GB18030 or Big5; return a warning for each of the last two.

    *Raises*: FaultError as ``detect_text_encoding`` does.
    """
    encoding = detect_text_encoding(io.BytesIO(content), file)
    return content[encoding.skipped_bytes :].decode(encoding.name, encoding.errors), encoding.notes


def detect_text_encoding(stream: BinaryIO, file: str) -> TextEncoding:
    """Find the encoding of a file; read all of it from its beginning, a piece at a time.

    *Raises*: FaultError if the file is empty, a workbook, in another encoding, was decoded wrongly before, or could be in
    two encodings.
    """
    head = stream.read(_JUDGED_BYTES)
    if not head.strip():
        raise FaultError(TABLE_FAULTS.build("empty", file=file, value=""))
    if head.startswith(b"PK\x03\x04"):
        raise FaultError(_FAULTS.build("workbook", file=file))
    mark = next((one for one in _MARKS if head.startswith(one)), b"")
    if wide := _find_wide_encoding(head, mark):
        if b"\0" not in head:  # no line break and no comma: it may be a wrong mark before something else
            raise FaultError(_FAULTS.build("ambiguous", file=file, value="UTF-16、GB18030"))
        return TextEncoding(wide, "replace")
    try:
        _refuse_wrongly_saved_text(stream, len(mark), file)
    except _Undecodable as error:
        return _detect_chinese_encoding(stream, len(mark), file, error)
    if rival := find_rival_of_utf_8(head[len(mark) :]):
        raise FaultError(_FAULTS.build("ambiguous", file=file, value=f"UTF-8、{_NAMES[rival]}"))
    return TextEncoding("utf-8", skipped_bytes=len(mark))


def _find_wide_encoding(head: bytes, mark: bytes) -> str:
    """Return Python's name of UTF-16 or UTF-32 if a file may be written in it, with or without a mark; else nothing."""
    encoding = "utf-16"
    if order := _find_order_of_utf_32(head):
        encoding = "utf-32" if head.startswith(_UTF_32_MARKS) else f"utf-32-{order}"
    elif mark not in _MARKS[1:]:
        first, second = (0 in head[at::2] for at in (0, 1))  # a comma has a NUL before or behind it
        encoding = ("utf-16-be" if first else "utf-16-le") if first != second else ""
    text = (
        head[: len(head) // 4 * 4 if order else len(head) // 2 * 2].decode(encoding, "replace")
        if encoding
        else "\0"
    )
    is_text = "\0" not in text and _strangeness(text) <= _RARE * _STRANGEST_UTF_16 * len(text)
    return encoding if is_text else ""


def _find_order_of_utf_32(head: bytes) -> str:
    """Return the order of bytes if each four of them are a letter of the first planes: two are 0, or nearly so."""
    for order, unused, plane in (("le", 3, 2), ("be", 0, 1)):
        if len(head) >= 4 and not any(head[unused::4]) and max(head[plane::4]) <= _LAST_PLANE:
            return order
    return ""


def find_rival_of_utf_8(content: bytes) -> str | None:
    """Return the encoding in which bytes are Chinese words that in UTF-8 are text without a Chinese character.

    So GB18030 for the bytes of 鲁路, which are “³·” in UTF-8. Rare characters count where UTF-8 has letters that nobody
    writes here, as for 一邨.
    """
    in_utf_8 = content.decode("utf-8", "ignore")
    if content.isascii() or _HANZI.search(in_utf_8):
        return None
    is_foreign = any(_LAST_CYRILLIC < letter < _END_OF_TWO_BYTES for letter in in_utf_8)
    for encoding in _NAMES:
        text = content.decode(encoding, "replace")
        is_likely = max(map(_weigh_character, text)) <= 0
        if _HANZI_WORD.search(text) and (
            is_likely or (is_foreign and _strangeness(text) < _strangeness(in_utf_8))
        ):
            return encoding
    return None


@dataclass
class _Undecodable(Exception):
    """Bytes that are invalid in an encoding: where they are in the file, in which row, and four of them."""

    at: int
    row: int
    value: str


def _decode_pieces(stream: BinaryIO, encoding: str, skipped: int) -> Iterator[str]:
    """Yield the text of a file behind the skipped bytes, in pieces. *Raises*: _Undecodable."""
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(skipped)
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


def _refuse_wrongly_saved_text(stream: BinaryIO, skipped: int, file: str) -> None:
    """Refuse text that was UTF-8, was read as GBK or Latin-1, and was saved again.

    *Raises*: FaultError, or _Undecodable if it is not UTF-8.
    """
    head, end, row, found = "", "", 1, None
    for piece in _decode_pieces(stream, "utf-8", skipped):
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


def broken_text_fault(text: str) -> Fault | None:
    """Return the fault of a cell whose Latin letters, as bytes of GB18030 or Big5, are frequent Chinese words.

    So Èª³ÇÂ·, which was 泉城路 before a program read it as Latin-1 and saved it in UTF-8.
    """
    try:
        is_wrong = not text.isascii() and find_rival_of_utf_8(text.encode("cp1252")) is not None
    except UnicodeEncodeError:
        return None
    return _FAULTS.build("broken_text", value=text[:40]) if is_wrong else None


def _detect_chinese_encoding(
    stream: BinaryIO, skipped: int, file: str, in_utf8: _Undecodable
) -> TextEncoding:
    stream.seek(skipped)
    found = list_chinese_encodings(stream.read(_JUDGED_BYTES))
    encoding = found[0] if found else "gb18030"
    line: tuple[int, str] | None = None
    try:
        for piece in _decode_pieces(stream, encoding, skipped):
            lines = enumerate(piece.splitlines(), 1)
            line = line or next(((row, text) for row, text in lines if not text.isascii()), (1, ""))
    except _Undecodable as error:
        furthest = max(error, in_utf8, key=lambda found: found.at)
        raise FaultError(
            _FAULTS.build("undecodable", file=file, row=furthest.row, value=furthest.value)
        ) from error
    if len(found) > 1:
        raise FaultError(_FAULTS.build("ambiguous", file=file, value="、".join(_NAMES[one] for one in found)))
    if not found:
        row, text = line or (1, "")
        raise FaultError(_FAULTS.build("mojibake", file=file, row=row, value=text[:40]))
    note = _FAULTS.build(
        encoding.removesuffix("hkscs"), file=file, value=_NAMES[encoding], severity="warning"
    )
    return TextEncoding(encoding, notes=(note,), skipped_bytes=skipped)


def list_chinese_encodings(content: bytes) -> tuple[str, ...]:
    """Return Python's names of the encodings in which bytes that are not UTF-8 are plausible, the best first.

    None for bytes that are no Chinese text, two for bytes that are as good in both.
    """
    from charset_normalizer import from_bytes  # takes 50 ms to import, which files in UTF-8 don't need

    sample = content[:_JUDGED_BYTES]
    readings = {encoding: sample.decode(encoding, "replace") for encoding in _NAMES}
    strangeness = {encoding: _strangeness(text) for encoding, text in readings.items()}
    first, second = sorted(_NAMES, key=lambda encoding: strangeness[encoding])
    characters = sum(not letter.isascii() for letter in readings[first])
    common = 1 - strangeness[first] / _RARE / max(characters, 1)
    best = from_bytes(sample, cp_isolation=["gb18030", "big5", "big5hkscs", *_FOREIGN], threshold=1.0).best()
    is_foreign = best is not None and best.encoding in _FOREIGN and characters >= _ENOUGH
    if is_foreign or common < _LEAST:
        return ()
    return (first,) if strangeness[second] - strangeness[first] >= _MARGIN else (first, second)


def _strangeness(text: str) -> int:
    """Return how strange a text is: the sum of the weights of its characters."""
    return sum(_weigh_character(letter) * count for letter, count in Counter(text).items())


@lru_cache(maxsize=1 << 15)
def _weigh_character(letter: str) -> int:
    """Weigh a character: below 0 for familiar ones, 0 for frequent and Latin ones, and more the stranger it is.

    *Source*: level 1 of GB 2312-80 and of Big5, each with its punctuation.
    """
    if letter.isascii() or letter in _FAMILIAR:
        return 0 if letter.isascii() else -1
    lead, trail = (*letter.encode("gb18030", "replace"), 0)[:2]
    if trail >= 0xA1 and (0xA1 <= lead <= 0xA3 or 0xB0 <= lead <= 0xD7):
        return 0
    if (lead := letter.encode("cp950", "replace")[0]) == 0xA1 or 0xA4 <= lead <= 0xC6:
        return 0
    if _HANZI.match(letter):
        return _RARE
    is_none = letter == "\ufffd" or unicodedata.category(letter) in ("Co", "Cn", "Cc", "Cs")
    return 4 * _RARE if is_none else 2 * _RARE
