"""The tokens under which a name is found: an index of them answers “which names hold these characters”.

A token begins with a digit that says what it is, so that a whole name and its parts never mix:
``0`` a whole name, ``1`` its whole pinyin, ``2`` two syllables in a row, ``3`` the initials of its pinyin,
``4`` two characters in a row, ``5`` two characters with another one between them; ``6`` the code of a district, city
or province in which the place lies, ``7`` its kind, ``8`` a square of one of three sizes in which it lies. For a register, ``9`` is
the initials of its name from any syllable on, and ``a`` those of its address.
A token is a sequence of Hanzi, Latin letters and digits.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from math import cos, radians

from geo.place_names.kinds import StreetKind
from geo.place_names.pinyin import pinyin_spellings

WHOLE, SPELT, SYLLABLES, INITIALS, PAIR, GAP, AREA, KIND, SQUARE, INNER, INNER_ADDRESS = "0123456789a"
# degrees of a meridian: 2, 9 and 33 km around a user; squares have these sides
REACHES_DEG = (0.02, 0.08, 0.3)
_LONGEST_SYLLABLE = 6  # zhuang, chuang, shuang
_MOST_READINGS = 4  # ways to cut “xian” and the like into syllables
_MOST_CUTS = 64
_VOWELS = frozenset("aeiouv")  # 嗯 and 呣, read n and m, would cut every word in too many ways


def list_name_tokens(key: str, inner: str = "") -> list[str]:
    """Return the tokens of a name, given as it is compared; ``inner`` as of `list_part_tokens`."""
    tokens = [WHOLE + key, *list_part_tokens(key, inner)]
    for syllables in () if key.isascii() else _spellings(key):
        tokens += [SPELT + "".join(syllables), INITIALS + "".join(syllable[:1] for syllable in syllables)]
    return tokens


def list_part_tokens(key: str, inner: str = "") -> list[str]:
    """Return the tokens of the parts of a text; with ``inner`` also its initials from each syllable on."""
    tokens = [PAIR + one for one in _pairs(key)]
    tokens.append(PAIR + key[-1:])  # so that each character begins a token
    tokens += [GAP + one + other for one, other in zip(key, key[2:], strict=False)]
    for syllables in () if key.isascii() else _spellings(key):
        tokens += [SYLLABLES + one + other for one, other in pairwise(syllables)]
        tokens.append(SYLLABLES + syllables[-1])
        if inner:
            initials = "".join([syllable[:1] for syllable in syllables])
            tokens += [inner + initials[at:] for at in range(len(initials))]
    return tokens


_spellings = lru_cache(maxsize=4096)(pinyin_spellings)  # places on one street share their texts


def iter_place_tokens(kind: StreetKind, codes: Iterable[str], lon: float, lat: float) -> Iterator[str]:
    """Yield the tokens of what a place is, and of the squares and areas (its districts' codes) in which it lies."""
    yield kind_token(kind)
    yield from (f"{SQUARE}{at}{_square(lon, lat, side)}" for at, side in enumerate(REACHES_DEG))
    for code in codes:
        yield from (AREA + code, f"{AREA}{code[:4]}00", f"{AREA}{code[:2]}0000")


def kind_token(kind: StreetKind) -> str:
    """Return the token of a kind; the index takes letters and digits only."""
    return KIND + kind.value.replace("_", "")


def area_token(code: str) -> str:
    """Return the token of an area by its code, or by the beginning of one: 3702, 370200."""
    return AREA + code.ljust(6, "0")


def list_squares_around(lon: float, lat: float, size: int) -> list[str]:
    """Return the tokens of the squares that lie within one of `REACHES_DEG`, chosen by its position, of a point."""
    reach = REACHES_DEG[size]
    east = reach / max(0.05, cos(radians(lat)))
    steps = range(-int(east / reach) - 1, int(east / reach) + 2)
    found = [
        f"{SQUARE}{size}{_square(lon + x * reach, lat + y * reach, reach)}" for y in (-1, 0, 1) for x in steps
    ]
    return list(dict.fromkeys(found))


def _square(lon: float, lat: float, side: float) -> str:
    return f"{int((lon + 180) / side)}x{int((lat + 90) / side)}"


def _pairs(text: str) -> Iterable[str]:
    return (one + other for one, other in pairwise(text))


def part_tokens(word: str) -> list[tuple[str, bool]]:
    """Return the tokens that each name holding the word has, with whether the token is only a beginning."""
    if len(word) == 1:
        return [(PAIR + word, True)]
    return [(PAIR + one, False) for one in dict.fromkeys(_pairs(word))]


def spelt_part_tokens(syllables: Sequence[str], is_last_whole: bool) -> list[tuple[str, bool]]:
    """Return the tokens that each name whose pinyin holds the syllables has; the last may be a beginning."""
    if len(syllables) == 1:
        return [(SYLLABLES + syllables[0], True)]
    pairs = [one + other for one, other in pairwise(syllables)]
    tokens = [(SYLLABLES + pair, False) for pair in pairs[:-1]]
    return [*tokens, (SYLLABLES + pairs[-1], not is_last_whole)]


def tokens_without(word: str, wrong: int) -> list[str]:
    """Return the tokens that a name has which holds the word but for the character at ``wrong``."""
    pairs = [PAIR + word[at : at + 2] for at in range(len(word) - 1) if wrong not in (at, at + 1)]
    gaps = [GAP + word[at] + word[at + 2] for at in range(len(word) - 2) if wrong not in (at, at + 2)]
    return list(dict.fromkeys([*pairs, *gaps]))


def cut_into_syllables(letters: str) -> list[tuple[list[str], bool]]:
    """Return the likeliest ways to cut letters into syllables of pinyin, with whether the last one is whole.

    >>> cut_into_syllables("quancheng")[0]
    (['quan', 'cheng'], True)
    >>> cut_into_syllables("quanchengl")[0]
    (['quan', 'cheng', 'l'], False)
    """
    syllables, beginnings = _syllables()
    found: list[tuple[list[str], bool]] = []

    def cut(at: int, taken: list[str]) -> None:
        if len(found) >= _MOST_CUTS:
            return
        if at == len(letters):
            found.append((taken, True))
            return
        for size in range(min(_LONGEST_SYLLABLE, len(letters) - at), 0, -1):
            if letters[at : at + size] in syllables:
                cut(at + size, [*taken, letters[at : at + size]])
        if len(letters) - at < _LONGEST_SYLLABLE and letters[at:] in beginnings:
            found.append(([*taken, letters[at:]], False))

    cut(0, [])
    return sorted(found, key=lambda one: len(one[0]))[:_MOST_READINGS]


@cache
def _syllables() -> tuple[frozenset[str], frozenset[str]]:
    """Return the syllables of pinyin, and the beginnings of syllables that are none themselves."""
    from geo.place_names.pinyin import list_syllables

    whole = frozenset(one for one in list_syllables() if not _VOWELS.isdisjoint(one))
    return whole, frozenset(one[:size] for one in whole for size in range(1, len(one))) - whole
