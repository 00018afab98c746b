"""Turn a file that a stranger sent into pictures of its pages: a process of its own, with limits, does it.

Only JPEG, PNG and WebP pictures and PDF documents are read, by their content and never by their name. Pictures
are drawn anew, so that nothing of the sent file but its pixels is left. PDFium is built without a JavaScript
engine, and no form is initialised, so nothing in a document runs.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Semaphore

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.files.picture_process import EXIT_CODES, read_pictures

MAX_FILE_BYTES = 10 << 20
MAX_PDF_PAGES = 30
MOST_SECONDS = 30.0
MOST_AT_ONCE, MOST_WAITING = 2, 8  # drawings of one site: each may take the memory of `picture_process`
LONGEST_WAIT_S = 30.0
_ENTRY = "from yihui.files.picture_process import main; main()"
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
)
_PHONE_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"))
PICTURE_FAULTS = FaultTable(
    "attachment",
    {
        "no_file": (N_("no file was chosen, or it is empty"), N_("choose a picture or a PDF document")),
        "too_big": (
            N_("the file has {megabytes} MB; at most {most} MB are stored"),
            N_("photograph it at a lower resolution, or send its pages one by one"),
        ),
        "kind": (
            N_("the file is neither a picture (JPEG, PNG, WebP) nor a PDF document"),
            N_("print it to PDF or photograph it; tables, archives, drawings and web pages are not stored"),
        ),
        "phone": (
            N_("the picture is HEIC or AVIF, as many phones store photos; JPEG, PNG and WebP are read"),
            N_(
                "on an iPhone choose Settings → Camera → Formats → Most Compatible and photograph it once more, "
                "or send the photo as JPEG: export or share it as JPEG, or send a screenshot of it"
            ),
        ),
        "broken": (
            N_("the file can't be read: it is cut off, damaged or locked with a password"),
            N_("open it yourself and save it again"),
        ),
        "too_large": (
            N_("the picture or a page has too many pixels, or the document more than {pages} pages"),
            N_("make it smaller, or send its pages one by one"),
        ),
        "too_long": (N_("reading the file took too long"), N_("photograph its pages and send the pictures")),
    },
)


DRAWING_FAULTS = FaultTable(
    "drawing",
    {"busy": (N_("too many files are being read at the moment"), N_("send the file again in a minute"))},
)


@dataclass(slots=True)
class DrawingQueue:
    """Admits a few drawings at a time; some more wait for their turn, and all others are refused at once."""

    _turns: Semaphore = field(default_factory=lambda: Semaphore(MOST_AT_ONCE))
    _lock: Lock = field(default_factory=Lock)
    admitted: int = 0  # that draw or wait

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a turn. *Raises*: FaultError if too many wait, or none comes in time."""
        with self._lock:
            if self.admitted >= MOST_AT_ONCE + MOST_WAITING:
                raise FaultError(DRAWING_FAULTS.build("busy", field="file"))
            self.admitted += 1
        try:
            if not self._turns.acquire(timeout=LONGEST_WAIT_S):
                raise FaultError(DRAWING_FAULTS.build("busy", field="file"))
            try:
                yield
            finally:
                self._turns.release()
        finally:
            with self._lock:
                self.admitted -= 1


_QUEUE = DrawingQueue()


@dataclass(frozen=True, slots=True)
class PicturedFile:
    """What is stored of a file: its content, and its pages as JPEG pictures; a picture is its only page."""

    media_type: str
    content: bytes
    pages: tuple[bytes, ...]


def find_media_type(content: bytes) -> str | None:
    """Return the media type of a file that may be stored, by its first bytes; None for any other."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for begins, kind in _SIGNATURES if content.startswith(begins)), None)


def picture_file(content: bytes) -> PicturedFile:
    """Check a file and draw its pages when its turn comes; do it last, since it is dear. *Raises*: FaultError."""
    if not content:
        raise FaultError(PICTURE_FAULTS.build("no_file", field="file"))
    if len(content) > MAX_FILE_BYTES:
        raise FaultError(
            PICTURE_FAULTS.build(
                "too_big",
                field="file",
                megabytes=f"{len(content) / (1 << 20):.1f}",
                most=MAX_FILE_BYTES >> 20,
            )
        )
    media_type = find_media_type(content)
    if media_type is None:
        is_of_phone = content[4:8] == b"ftyp" and content[8:12] in _PHONE_BRANDS
        raise FaultError(PICTURE_FAULTS.build("phone" if is_of_phone else "kind", field="file"))
    with _QUEUE.turn():
        pages = _draw(media_type, content)
    if media_type == "application/pdf":
        return PicturedFile(media_type, content, pages)
    return PicturedFile("image/jpeg", pages[0], pages)


def shrink_picture(drawn: bytes, most_px: int) -> bytes:
    """Return a picture that was drawn here as a JPEG whose longer side has at most so many pixels."""
    from io import BytesIO

    from PIL import Image

    with Image.open(BytesIO(drawn), formats=("JPEG",)) as opened:
        opened.thumbnail((most_px, most_px))
        made = BytesIO()
        opened.save(made, "JPEG", quality=75, optimize=True)
    return made.getvalue()


def _draw(media_type: str, content: bytes) -> tuple[bytes, ...]:
    command = [sys.executable, "-c", _ENTRY, media_type, str(MAX_PDF_PAGES)]
    try:
        done = subprocess.run(
            command,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=MOST_SECONDS,
            env=_environment(),
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise FaultError(PICTURE_FAULTS.build("too_long", field="file")) from None
    if done.returncode:
        code = EXIT_CODES.get(done.returncode, "broken")
        raise FaultError(PICTURE_FAULTS.build(code, field="file", pages=MAX_PDF_PAGES))
    return read_pictures(done.stdout)


def _environment() -> dict[str, str]:
    """Return what the process needs to find its modules: no setting and no secret of ours."""
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
