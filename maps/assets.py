"""Scripts and styles that a page embeds, so that it opens without a network."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

_URL = re.compile(r"""url\(\s*["']?(?!data:|#)([^"')]+)["']?\s*\)""")
_MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml"}
# One transparent pixel replaces an image that the page never shows.
_NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@dataclass(frozen=True, slots=True)
class Assets:
    """Texts of scripts and styles, in the order in which a page loads them.

    *Raises*: ValueError if a text would close its own element or fetch something.
    """

    scripts: tuple[str, ...]
    styles: tuple[str, ...]

    def __post_init__(self) -> None:
        for text in self.scripts:
            _check_absent(text, "</script")
        for text in self.styles:
            _check_absent(text, "</style")
            _check_absent(text, "@import")
            if found := _URL.search(text):
                raise ValueError(f"style fetches {found[1]!r}: embed it with embed_images first")


def embed_images(style: str, images: Mapping[str, bytes]) -> str:
    """Return the style with each ``url(…)`` replaced by the image as a data URL.

    An image that is not in ``images`` is replaced by one transparent pixel.
    *Shape*: ``images`` maps a file name (``layers.png``) to its bytes.
    """

    def embedded(found: re.Match[str]) -> str:
        name = found[1].rsplit("/", 1)[-1]
        return f"url({_data_url(name, images[name]) if name in images else _NOTHING})"

    return _URL.sub(embedded, style)


def _data_url(name: str, content: bytes) -> str:
    media_type = _MEDIA_TYPES[name.rsplit(".", 1)[-1].lower()]
    return f"data:{media_type};base64,{b64encode(content).decode()}"


def _check_absent(text: str, forbidden: str) -> None:
    if forbidden in text.lower():
        raise ValueError(f"text holds {forbidden!r} and can't stand inside a page: {text[:60]!r}…")
