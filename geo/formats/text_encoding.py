"""Decode a text file in UTF-8, UTF-16, GB18030 or Big5; never return text of a wrong encoding.

Most bytes of Big5 are valid GB18030 too and become rare or private characters there. So the bytes are
judged before they are decoded: `charset_normalizer` tells Chinese from other languages, and the common
characters tell GB18030 from Big5, for which a single name is enough.
"""

import codecs
import re
from dataclasses import dataclass

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_

_RESAVE = N_("open it in the program it came from and save it as “CSV UTF-8”")
_FAULTS = FaultTable(
    "encoding",
    {
        "empty": (
            N_("the file is empty"),
            N_("export it again; the first line holds the column names, then comes one line for each entry"),
        ),
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
_FOREIGN = ("shift_jis", "euc_jp", "cp949", "cp1252")


@dataclass(frozen=True, slots=True)
class _CommonCharacters:
    """How many characters there are, and how many are common ones if the text is GB18030 or Big5."""

    characters: int
    gb18030: int
    big5: int


def decode_text_file(content: bytes, file: str) -> tuple[str, tuple[Fault, ...]]:
    """Decode a file in UTF-8, UTF-16 with a byte order mark, GB18030 or Big5.

    Return a warning for each of the last two.
    *Raises*: FaultError if the file is empty, a workbook, in another encoding, or was decoded wrongly before.
    """
    if not content.strip():
        raise FaultError(_FAULTS.build("empty", file=file, value=""))
    if content.startswith(b"PK\x03\x04"):
        raise FaultError(_FAULTS.build("workbook", file=file))
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace"), ()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _decode_chinese(content, file, error.start)
    _refuse_wrongly_saved_text(text, file)
    return text, ()


def _refuse_wrongly_saved_text(text: str, file: str) -> None:
    """Refuse text that was UTF-8, was read as GBK or Latin-1, and was saved again. *Raises*: FaultError."""
    wrong = _READ_WRONGLY.search(text)
    lines = [
        (row, line) for row, line in enumerate(text[:_JUDGED_BYTES].splitlines(), 1) if not line.isascii()
    ]
    read_as_gbk = [(row, line) for row, line in lines[:_LINES] if _was_utf8(line)]
    if wrong is not None:
        row, value = text.count("\n", 0, wrong.start()) + 1, wrong.group()
    elif 2 * len(read_as_gbk) > len(lines[:_LINES]):
        row, value = read_as_gbk[0]
    else:
        return
    raise FaultError(_FAULTS.build("broken_text", file=file, row=row, value=value[:40]))


def _was_utf8(line: str) -> bool:
    """Return whether most bytes of a line, in GBK, are Hanzi in UTF-8 (椹跨珯 was 驿站)."""
    content = line.replace("\ufffd", "").encode("gb18030", "ignore")
    hanzi = _HANZI.findall(content.decode("utf-8", "ignore"))
    return 2 * _BYTES_OF_A_HANZI * len(hanzi) > sum(byte >= 0x80 for byte in content)


def _decode_chinese(content: bytes, file: str, broken_at: int) -> tuple[str, tuple[Fault, ...]]:
    encoding = find_chinese_encoding(content)
    try:
        text = content.decode(encoding or "gb18030")
    except UnicodeDecodeError as error:
        furthest = max(broken_at, error.start)
        row, value = content.count(b"\n", 0, furthest) + 1, content[furthest : furthest + 4].hex(" ")
        raise FaultError(_FAULTS.build("undecodable", file=file, row=row, value=value)) from error
    if encoding is None:
        row, line = next((n, line) for n, line in enumerate(text.splitlines(), 1) if not line.isascii())
        raise FaultError(_FAULTS.build("mojibake", file=file, row=row, value=line[:40]))
    code, name = ("gb18030", "GB18030") if encoding == "gb18030" else ("big5", "Big5")
    return text, (_FAULTS.build(code, file=file, value=name, severity="warning"),)


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
