"""An organisation's colours: their contrast, and a darker colour where it is too low. Pure.

*Source*: WCAG 2.2, "relative luminance", "contrast ratio" and success criterion 1.4.3 (AA).
"""

import re
import unicodedata

LEAST_CONTRAST = 4.5
WHITE = "#ffffff"
GROUND = "#f3f5f7"  # of the page (web/src/css/base.css: --ground); the cards on it are white
_COLOUR = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")


def parse_colour(text: str) -> str | None:
    """Return a colour as ``#`` and six digits; None if the text is none. Full-width signs are accepted.

    >>> parse_colour("＃A3b")
    '#aa33bb'
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if not _COLOUR.fullmatch(plain):
        return None
    return plain if len(plain) == 7 else "#" + "".join(digit * 2 for digit in plain[1:])


def relative_luminance(colour: str) -> float:
    """Return the relative luminance of a colour of the form ``#rrggbb``: 0 of black to 1 of white."""
    red, green, blue = (_linear(int(colour[place : place + 2], 16)) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: int) -> float:
    share = channel / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def contrast_ratio(one: str, other: str) -> float:
    """Return the contrast of two colours: 1 if they are equal, 21 for black and white.

    >>> contrast_ratio("#ffffff", "#000000")
    21.0
    """
    darker, lighter = sorted((relative_luminance(one), relative_luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def darken_to_contrast(colour: str, ground: str) -> str:
    """Return the lightest shade of a colour whose contrast with a light ground suffices; itself if it does."""
    channels = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    shades = (
        "#" + "".join(f"{channel * part // 255:02x}" for channel in channels) for part in range(255, -1, -1)
    )
    return next(shade for shade in shades if contrast_ratio(shade, ground) >= LEAST_CONTRAST)
