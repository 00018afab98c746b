"""The process that draws the pages of one file: it reads it from its input and writes pictures to its output."""

import resource
import struct
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from types import MappingProxyType

MAX_PIXELS = 40_000_000  # of a picture, before it is decoded
_MAX_WEBP_PIXELS = 24_000_000  # its decoder holds the picture four times
MAX_SIDE_PIXELS = 2_400  # of a stored picture
_MAX_MEMORY_BYTES = 600 << 20  # a picture of the most pixels takes about half of it
_MAX_CPU_SECONDS = 25
_PDF_SCALE = 150 / 72  # dots for each point
_QUALITY = 85
_TOO_LARGE = 11
EXIT_CODES = MappingProxyType({_TOO_LARGE: "too_large"})  # any other: the file is broken
_LENGTH = struct.Struct(">I")


class _TooLarge(Exception):
    """The file would need more pixels or pages than are drawn."""


def read_pictures(output: bytes) -> tuple[bytes, ...]:
    """Return the pictures that the process wrote, each after its length in four bytes."""
    pictures, place = [], 0
    while place < len(output):
        (length,) = _LENGTH.unpack_from(output, place)
        place += _LENGTH.size
        pictures.append(output[place : place + length])
        place += length
    return tuple(pictures)


def main() -> None:
    """Draw the file of standard input; the arguments are its media type and the most pages of a document."""
    _limit()
    media_type, most_pages = sys.argv[1], int(sys.argv[2])
    content = sys.stdin.buffer.read()
    try:
        _write(_draw_document(content, most_pages) if "pdf" in media_type else [_draw_picture(content)])
    except _TooLarge:
        sys.exit(_TOO_LARGE)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MAX_CPU_SECONDS, _MAX_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write(pictures: Iterable[bytes]) -> None:
    drawn = list(pictures)
    for one in drawn:
        sys.stdout.buffer.write(_LENGTH.pack(len(one)) + one)
    sys.stdout.buffer.flush()


def _draw_picture(content: bytes) -> bytes:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # the size is checked here, before anything is decoded
    with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as opened:
        most = _MAX_WEBP_PIXELS if opened.format == "WEBP" else MAX_PIXELS
        if opened.width * opened.height > most:
            raise _TooLarge
        opened.thumbnail(
            (MAX_SIDE_PIXELS, MAX_SIDE_PIXELS)
        )  # decodes; turned before, it would lie there twice
        return _encode(ImageOps.exif_transpose(opened))


def _encode(image: object) -> bytes:
    """Return a picture as a new JPEG file: its pixels on white, without any metadata."""
    from PIL import Image

    assert isinstance(image, Image.Image)
    image.thumbnail((MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))
    seen = image.convert("RGBA")
    plain = Image.new("RGB", seen.size, "white")
    plain.paste(seen, mask=seen.getchannel("A"))
    written = BytesIO()
    plain.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()


def _draw_document(content: bytes, most_pages: int) -> Iterator[bytes]:
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    if not 0 < len(document) <= most_pages:
        raise _TooLarge
    for page in document:
        width, height = page.get_size()
        largest = max(width, height)
        if largest <= 0:
            raise ValueError("a page without a size")
        scale = min(_PDF_SCALE, MAX_SIDE_PIXELS / largest)
        yield _encode(page.render(scale=scale, may_draw_forms=False).to_pil())
        page.close()
