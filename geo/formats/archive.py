"""A ZIP archive's parts, unpacked under a limit, so that no reader sees more than was measured."""

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping

from core.faults import Fault, InputFaults

N_ = str  # marks a text for the message catalogue

UNPACKED_LIMIT_MB = 256  # 190,000 rows of 20 columns take 150
_MEGABYTE = 1_000_000
_AT_ONCE = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def unpacked(content: bytes, file: str, wanted: Callable[[str], bool]) -> Mapping[str, bytes]:
    """The wanted parts of an archive by name.

    Both what the archive declares and what it really holds are measured: a bomb is refused before it
    is unpacked, or while it is.
    *Raises*: InputFaults where it is broken, locked or too large.
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
        raise InputFaults([_broken(file, str(error))]) from error


def packed(parts: Mapping[str, bytes]) -> bytes:
    """The parts as an archive again, not compressed: a reader can't find anything else in it."""
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
        raise InputFaults([_too_large(file, size)])


def _too_large(file: str, size: int) -> Fault:
    return Fault(
        N_("unpacked, the workbook has {value} MB; at most {most} are read"),
        N_(
            "delete what is no register, such as pictures and empty formatted rows, or save it as “CSV UTF-8”"
        ),
        file=file,
        value=f"{size / _MEGABYTE:,.0f}",
        params={"most": str(UNPACKED_LIMIT_MB)},
    )


def _broken(file: str, detail: str) -> Fault:
    return Fault(
        N_("the workbook can't be read: it is damaged, or was cut off"),
        N_("open it in the program it came from, without a password, and save it as .xlsx or “CSV UTF-8”"),
        file=file,
        value=detail[:200],
    )
