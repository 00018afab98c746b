"""Convert traditional characters to simplified ones, so that texts in either script compare equal.

*Source*: OpenCC, ``t2s``: by phrases where a character has several simplified forms (乾淨, 乾隆).
"""

from collections.abc import Callable
from functools import cache


def to_simplified(text: str) -> str:
    """Return a text in simplified characters.

    >>> to_simplified("濟南歷下區工會驛站")
    '济南历下区工会驿站'
    """
    return text if text.isascii() else _converter()(text)


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC  # loads its dictionaries, which texts in Latin letters don't need

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert
