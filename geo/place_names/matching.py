"""The ways in which a name may match typed words: by its tokens, and by a check of what they do not show."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from geo.place_names.pinyin import is_phrase, pinyin_spellings
from geo.place_names.query_words import HANZI, LATIN
from geo.place_names.text import NUMBER_SIGNS, list_forms
from geo.place_names.tokens import (
    INITIALS,
    INNER,
    INNER_ADDRESS,
    SPELT,
    WHOLE,
    cut_into_syllables,
    part_tokens,
    spelt_part_tokens,
    tokens_without,
)

Tokens = Sequence[tuple[str, bool]]  # each with whether it is only the beginning of one
KeyCheck = Callable[[Sequence[str]], bool]  # of the names or addresses of a place, as they are compared
_OPPOSED = (frozenset("东東西南北中上下前后後内內外左右"), frozenset("abcdefghijklmnopqrstuvwxyz"))
_SHORTEST_FUZZY = 3  # characters; one of two is too much to be wrong
_AREA = re.compile(r"[^省市区县旗盟]{1,2}[省市区县旗盟]")  # one that only two characters tell from others
_NAMED = re.compile(r"(?P<own>..)(?:[大小]?[路街道巷弄]|胡同)")  # a road of such a name
_SHORTEST_HEARD, _LONGEST_HEARD = 2, 20  # characters; too many sound like one, and no name is so long


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
