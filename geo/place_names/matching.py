"""The tokens under which a name is found, and the ways in which it may match typed words: by tokens, and by a check.

An index of the tokens answers “which names hold these characters”.
A token begins with a digit that says what it is, so that a whole name and its parts never mix:
``0`` a whole name, ``1`` its whole pinyin, ``2`` two syllables in a row, ``3`` the initials of its pinyin,
``4`` two characters in a row, ``5`` two characters with another one between them; ``6`` the code of a district, city
or province in which the place lies, ``7`` its kind, ``8`` a square of one of three sizes in which it lies. For a register, ``9`` is
the initials of its name from any syllable on, and ``a`` those of its address.
A token is a sequence of Hanzi, Latin letters and digits.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise, product
from math import cos, radians

from core.pinyin import is_phrase, pinyin_spellings
from geo.place_names.kinds import StreetKind
from geo.place_names.query_words import HANZI, LATIN, NUMBER_SIGNS, list_forms

WHOLE, SPELT, SYLLABLES, INITIALS, PAIR, GAP, AREA, KIND, SQUARE, INNER, INNER_ADDRESS = "0123456789a"
# degrees of a meridian: 2, 9 and 33 km around a user; squares have these sides
REACHES_DEG = (0.02, 0.08, 0.3)
_LONGEST_SYLLABLE = 6  # zhuang, chuang, shuang
_MOST_READINGS = 4  # ways to cut “xian” and the like into syllables
_MOST_CUTS = 64
_VOWELS = frozenset("aeiouv")  # 嗯 and 呣, read n and m, would cut every word in too many ways
Tokens = Sequence[tuple[str, bool]]  # each with whether it is only the beginning of one
KeyCheck = Callable[[Sequence[str]], bool]  # of the names or addresses of a place, as they are compared
_OPPOSED = (frozenset("东東西南北中上下前后後内內外左右"), frozenset("abcdefghijklmnopqrstuvwxyz"))
_SHORTEST_FUZZY = 3  # characters; one of two is too much to be wrong
_AREA = re.compile(r"[^省市区县旗盟]{1,2}[省市区县旗盟]")  # one that only two characters tell from others
_NAMED = re.compile(r"(?P<own>..)(?:[大小]?[路街道巷弄]|胡同)")  # a road of such a name
_SHORTEST_HEARD, _LONGEST_HEARD = 2, 20  # characters; too many sound like one, and no name is so long


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
    from core.pinyin import list_syllables

    whole = frozenset(one for one in list_syllables() if not _VOWELS.isdisjoint(one))
    return whole, frozenset(one[:size] for one in whole for size in range(1, len(one))) - whole


@dataclass(frozen=True, slots=True)
class NameMatch:
    """One way in which a place may match: the tokens that it must have, and checks of its texts where needed."""

    tokens: Tokens
    checks: tuple[KeyCheck, ...] = ()
    in_names: bool = True  # which texts are checked
    in_addresses: bool = False


def list_ways_by_typing(parts: Sequence[str], with_addresses: bool = False) -> list[list[NameMatch]]:
    """Return the ways to match the words of a name as they were typed, the likeliest first.

    ``with_addresses``: those of a register, whose places are also found by their addresses and by initials inside.
    """
    if len(parts) > 1:
        return [_ways_to_hold_all(parts)]
    (word,) = parts
    held = _ways_to_hold(word)
    by_address = _in_addresses(held)
    if not LATIN.fullmatch(word):
        forms = list_forms([word])  # under both of which each name is stored
        ways = [[NameMatch([(WHOLE + one, is_begun)]) for one in forms] for is_begun in (False, True)]
        return [*ways, held, *([by_address] if with_addresses else [])]
    ways = [[NameMatch([(kind + word, is_begun)]) for kind in (SPELT, WHOLE)] for is_begun in (False, True)]
    ways += [[NameMatch([(INITIALS + word, is_begun)])] for is_begun in (False, True)]
    inner, of_address = (NameMatch([(kind + word, True)]) for kind in (INNER, INNER_ADDRESS))
    return [*ways, held, *([[inner], [*by_address, of_address]] if with_addresses else [])]


def _in_addresses(ways: Sequence[NameMatch]) -> list[NameMatch]:
    return [replace(way, in_names=False, in_addresses=True) for way in ways]


def _ways_to_hold_all(parts: Sequence[str]) -> list[NameMatch]:
    """Return the ways in which names hold several words: each in one of its own ways."""
    return [
        NameMatch(
            [token for way in ways for token in way.tokens],
            tuple(check for way in ways for check in way.checks),
            in_addresses=True,
        )
        for ways in product(*map(_ways_to_hold, parts))
    ]


def _ways_to_hold(word: str) -> list[NameMatch]:
    held = [NameMatch(part_tokens(one), (_written_with(one),)) for one in list_forms([word])]
    if not LATIN.fullmatch(word) or word.isdigit():
        return held
    cuts = cut_into_syllables(word)
    spelt = [NameMatch(spelt_part_tokens(cut, whole), (_spelt_with(word),)) for cut, whole in cuts]
    return [*held, *spelt]


def _written_with(word: str) -> KeyCheck:
    """Return the check whether a name holds a word; a number holds no end of itself (8路 is not in 18路)."""
    if not word[:1].isdigit() or LATIN.fullmatch(word):
        return lambda keys: any(word in key for key in keys)
    at_a_number = re.compile(rf"(?<![0-9]){re.escape(word)}")
    return lambda keys: any(at_a_number.search(key) for key in keys)


def _spelt_with(letters: str) -> KeyCheck:
    """Return the check whether the pinyin of a name holds letters from one of its syllables on."""
    return lambda keys: any(
        "".join(syllables[at:]).startswith(letters)
        for key in keys
        for syllables in pinyin_spellings(key)
        for at in range(len(syllables))
    )


def list_ways_by_likeness(parts: Sequence[str], with_addresses: bool = False) -> list[list[NameMatch]]:
    """Return the ways by sound (全城路 for 泉城路), then with one wrong character.

    Only one word of Hanzi has such ways. Names of its own length come before longer ones that hold it. No character
    is wrong in what tells one name from another: 上海市 is not 威海市, and 上海路 not 威海路, but 泉域路 is no word.
    ``with_addresses``: as of `list_ways_by_typing`.
    """
    word = parts[0] if len(parts) == 1 else ""
    if not _SHORTEST_HEARD <= len(word) <= _LONGEST_HEARD or not HANZI.fullmatch(word):
        return []
    spellings = pinyin_spellings(word)
    wrong = _list_doubtful_characters(word)
    held_wrong = _ways_with_one_wrong(word, wrong, lambda keys: _is_like(keys, word))
    heard = [
        NameMatch(spelt_part_tokens(one, is_last_whole=True), (_spelt_with("".join(one)),))
        for one in spellings
    ]
    return [
        [NameMatch([(SPELT + "".join(one), False)]) for one in spellings],
        [NameMatch([(SPELT + "".join(one), True)]) for one in spellings],
        _ways_with_one_wrong(
            word, wrong, lambda keys: _is_like([key for key in keys if len(key) == len(word)], word)
        ),
        # A short word is the whole name of a street: 济南路 is in no way 中山南路.
        held_wrong if len(word) > _SHORTEST_FUZZY or with_addresses else [],
        heard,
        _in_addresses([*heard, *held_wrong]) if with_addresses else [],
    ]


def _list_doubtful_characters(word: str) -> list[int]:
    """Return which characters of a word may be slips."""
    own = _AREA.match(word) or _NAMED.match(word)
    is_name = own is not None and (own.re is _AREA or is_phrase(own["own"]))
    return list(range(own.end() if own and is_name else 0, len(word) if len(word) >= _SHORTEST_FUZZY else 0))


def _ways_with_one_wrong(word: str, wrong: Sequence[int], check: KeyCheck) -> list[NameMatch]:
    return [NameMatch([(token, False) for token in tokens_without(word, at)], (check,)) for at in wrong]


def _is_like(keys: Sequence[str], word: str) -> bool:
    """Return whether a name holds the word but for one character."""
    return any(
        _differs_in_one(key[at : at + len(word)], word)
        for key in keys
        for at in range(len(key) - len(word) + 1)
    )


def _differs_in_one(part: str, word: str) -> bool:
    """Return whether at most one character is a slip: the east gate is none for the west gate, nor 2 for 3."""
    wrong = [{one, other} for one, other in zip(part, word, strict=True) if one != other]
    return len(wrong) < 2 and all(
        pair.isdisjoint(NUMBER_SIGNS) and not any(pair <= signs for signs in _OPPOSED) for pair in wrong
    )
