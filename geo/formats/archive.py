"""Unpack the parts of a ZIP archive within a size limit, and repack them for another reader."""

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping

from core.faults import FaultError, FaultTable
from core.text_marks import N_

_FAULTS = FaultTable(
    "workbook",
    {
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

UNPACKED_LIMIT_MB = 256  # 190,000 rows of 20 columns take 150 MB
_MEGABYTE = 1_000_000
_AT_ONCE = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


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
        raise FaultError(_FAULTS.build("unreadable", file=file, value=str(error)[:200])) from error


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
            _FAULTS.build("too_large", file=file, value=f"{size / _MEGABYTE:,.0f}", most=UNPACKED_LIMIT_MB)
        )
