"""Convert traditional characters to simplified ones, so that texts in either script compare equal.

*Source*: OpenCC, ``t2s``: by phrases where a character has several simplified forms (乾淨, 乾隆).
"""

import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

_WIDE_BRACKETS = str.maketrans("()", "（）")


def to_simplified(text: str) -> str:
    """Return a text in simplified characters; one that holds half a character (a surrogate) as it is.

    >>> to_simplified("濟南歷下區工會驛站")
    '济南历下区工会驿站'
    """
    if text.isascii():
        return text
    try:
        return _converter()(text)
    except UnicodeEncodeError:
        return text


@lru_cache(maxsize=1 << 14)  # a file repeats most of its words
def simplify_characters(text: str) -> str:
    """Return a text in simplified characters and in half width.

    >>> simplify_characters("暫停對外開放（維修）")
    '暂停对外开放(维修)'
    """
    return to_simplified(unicodedata.normalize("NFKC", text))


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC  # loads its dictionaries, which texts in Latin letters don't need

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def list_spellings(text: str) -> list[str]:
    """Return how a text that was typed may be written in a name: as it is, in simplified characters, with brackets of
    the other width.
    """
    typed = (text, unicodedata.normalize("NFKC", text), simplify_characters(text))
    return sorted({form.strip() for one in typed for form in (one, one.translate(_WIDE_BRACKETS))})
