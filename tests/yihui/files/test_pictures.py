"""What of a file that a stranger sent is stored: its pixels alone, or nothing."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from threading import Event, Lock

import pypdfium2
import pytest
from PIL import Image

from core.faults import FaultError
from tests.yihui.http.serving import until
from tests.yihui.refusals import refused
from yihui.files.picture_process import MAX_SIDE_PIXELS, read_pictures
from yihui.files.pictures import MAX_FILE_BYTES, MAX_PDF_PAGES, DrawingQueue, picture_file


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(written, kind, **options)  # type: ignore[arg-type]
    return written.getvalue()


def located_picture() -> bytes:
    """A photo that says where and by which phone it was taken, and lies on its side."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SecretPhone", 6
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif.tobytes()) + b"<script>alert(1)</script>"


def document(pages: int = 1, script: bool = False) -> bytes:
    """A PDF document, made by hand so that it may open with JavaScript."""
    parts = [
        "<< /Type /Catalog /Pages 2 0 R" + (" /OpenAction 3 0 R" if script else "") + " >>",
        f"<< /Type /Pages /Count {pages} /Kids [{' '.join(f'{n + 4} 0 R' for n in range(pages))}] >>",
        "<< /Type /Action /S /JavaScript /JS (app.alert\\(1\\); while\\(true\\){}) >>",
        *["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] >>"] * pages,
    ]
    text, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(text))
        text += f"{number} 0 obj {part} endobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    begin = len(text)
    text += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}".encode()
    return text + f"trailer << /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{begin}\n%%EOF".encode()


def bomb() -> bytes:
    """A PNG of 50,000 × 50,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(4_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def phone_photo(brand: str) -> bytes:
    """The beginning of a file as phones write photos and films."""
    return struct.pack(">I", 24) + b"ftyp" + brand.encode() + bytes(4) + b"mif1heic" + bytes(60)


def archive() -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", "<c><f>HYPERLINK()</f></c>" + " " * 1_000_000)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_picture_is_drawn_anew(kind: str) -> None:
    stored = picture_file(picture(kind))
    assert stored.media_type == "image/jpeg" and stored.pages == (stored.content,)
    with Image.open(BytesIO(stored.content)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (60, 40))


def test_metadata_and_what_lies_behind_a_picture_are_left_out() -> None:
    stored = picture_file(located_picture())
    assert b"SecretPhone" not in stored.content and b"script" not in stored.content
    with Image.open(BytesIO(stored.content)) as opened:
        assert not opened.getexif() and opened.size == (40, 60), "it was turned as the phone meant it"


def test_a_large_picture_becomes_smaller() -> None:
    with Image.open(BytesIO(picture_file(picture(size=(4_000, 3_000))).content)) as opened:
        assert max(opened.size) == MAX_SIDE_PIXELS


def test_a_document_is_stored_and_its_pages_are_pictures() -> None:
    sent = document(2)
    stored = picture_file(sent)
    assert stored.content == sent and stored.media_type == "application/pdf" and len(stored.pages) == 2
    with Image.open(BytesIO(stored.pages[0])) as opened:
        assert opened.format == "JPEG" and opened.width > opened.height


def test_a_script_in_a_document_never_runs() -> None:
    """It would loop for ever; the pictures hold none of it."""
    sent = document(script=True)
    assert len(pypdfium2.PdfDocument(sent)) == 1
    (page,) = picture_file(sent).pages
    assert b"JavaScript" not in page


UNFAIR: tuple[tuple[Callable[[], bytes], str], ...] = (
    (lambda: b"", "no_file"),
    (lambda: b"\xff\xd8\xff" + bytes(MAX_FILE_BYTES), "too_big"),
    (archive, "kind"),  # a workbook with formulas, which is a zip archive
    (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "kind"),
    (lambda: b"<!doctype html><script>alert(1)</script>", "kind"),
    (lambda: b"GIF89a", "kind"),
    (lambda: b"\x00%PDF-1.7", "kind"),
    *((partial(phone_photo, brand), "phone") for brand in ("heic", "heix", "mif1", "avif")),
    (partial(phone_photo, "mp42"), "kind"),  # a film
    (lambda: picture()[:300], "broken"),
    (lambda: picture("PNG")[:60], "broken"),
    (lambda: document()[:120], "broken"),
    (lambda: b"%PDF-1.7\n" + archive(), "broken"),
    (lambda: b"\xff\xd8\xff<script>", "broken"),
    (bomb, "too_large"),
    (lambda: document(MAX_PDF_PAGES + 1), "too_large"),
)


def test_what_is_no_fair_file_is_refused_in_words() -> None:
    for send, code in UNFAIR:
        assert refused(picture_file, send()) == [code]


def test_two_drawings_run_eight_wait_and_the_next_is_refused_at_once() -> None:
    queue, end = DrawingQueue(), Event()
    running, most = [0], [0]
    lock = Lock()

    def draw() -> None:
        with queue.turn():
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            end.wait(10)
            with lock:
                running[0] -= 1

    with ThreadPoolExecutor(10) as pool:
        drawn = [pool.submit(draw) for _ in range(10)]
        until(lambda: queue.admitted == 10)
        with pytest.raises(FaultError) as busy, queue.turn():
            pass
        assert busy.value.faults[0].code == "drawing.busy"
        end.set()
        assert [one.result() for one in drawn] == [None] * 10
    assert most == [2]


@pytest.mark.parametrize(
    ("kind", "size"), [("JPEG", (8_000, 5_000)), ("PNG", (8_000, 5_000)), ("WEBP", (6_000, 4_000))]
)
@pytest.mark.deeper
def test_a_picture_of_the_most_pixels_is_drawn_within_the_memory(kind: str, size: tuple[int, int]) -> None:
    assert len(picture_file(picture(kind, size)).pages) == 1


def test_no_pictures_are_read_from_nothing() -> None:
    assert read_pictures(b"") == ()
