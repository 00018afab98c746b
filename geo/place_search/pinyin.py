"""Pinyin of Hanzi as people type it: syllables without tones, ü as v.

Readings are pypinyin's, by the longest phrase from the left as pypinyin itself takes it, in a tenth of
its time. Some place names have a local reading. For these both readings match, since visitors type the
reading of the dictionary.
*Source*: pypinyin; GB/T 2260-2007 for the names of districts in Latin letters (Shan Xian, Laoling Shi,
Changqing Qu, Changdao Xian).
"""

import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

Syllables = tuple[str, ...]

# Readings of names in Shandong that differ from the dictionary's reading of the same phrase.
NAME_READINGS: Mapping[str, str] = MappingProxyType(
    {"乐陵": "lao ling", "朝阳": "chao yang", "廿里堡": "nian li pu", "齐都": "qi du", "柏林": "bai lin"}
)
# The usual reading of a character in a name where it belongs to no word: 单县, 长清, 龙都, 翟镇, 什集, 四里堡, …
CHARACTER_READINGS: Mapping[str, str] = MappingProxyType(
    {
        "单": "shan",
        "长": "chang",
        "都": "du",
        "翟": "zhai",
        "什": "shi",
        "堡": "pu",
        "泊": "bo",
        "重": "chong",
        "行": "hang",
        "阿": "e",
        "盖": "ge",
        "召": "shao",
        "解": "xie",
    }
)
_READ_OTHERWISE = {*CHARACTER_READINGS, *(name[0] for name in NAME_READINGS)}
_NOTHING: Mapping[str, str] = MappingProxyType({})


class _Dictionary(NamedTuple):
    """Syllables by phrase; ``longest`` phrase by its first two characters."""

    phrases: Mapping[str, Syllables]
    longest: Mapping[str, int]


def pinyin_spellings(text: str) -> tuple[Syllables, ...]:
    """Return the spellings of a text, one syllable per character; two where a name has a local reading.

    Characters other than Hanzi stay as they are.
    """
    usual = _spelt(text, _dictionary(), _NOTHING)
    if _READ_OTHERWISE.isdisjoint(text):
        return (usual,)
    local = _spelt(text, _names(), CHARACTER_READINGS)
    return (usual,) if usual == local else (usual, local)


def _spelt(text: str, dictionary: _Dictionary, alone: Mapping[str, str]) -> Syllables:
    phrases, longest = dictionary
    syllables: list[str] = []
    start, end = 0, len(text)
    while start < end:
        for size in range(min(longest.get(text[start : start + 2], 1), end - start), 1, -1):
            found = phrases.get(text[start : start + size])
            if found is not None:
                syllables += found
                start += size
                break
        else:
            one = text[start]
            syllables.append(alone[one] if one in alone else _alone(one))
            start += 1
    return tuple(syllables)


@cache
def _alone(character: str) -> str:
    from pypinyin.constants import PINYIN_DICT

    read = PINYIN_DICT.get(ord(character))
    return character if read is None else _plain(read.partition(",")[0])


@cache
def _dictionary() -> _Dictionary:
    from pypinyin.constants import PHRASES_DICT

    return _with_longest(
        {
            phrase: tuple(_plain(readings[0]) for readings in read)
            for phrase, read in PHRASES_DICT.items()
            if len(phrase) == len(read)
        }
    )


@cache
def _names() -> _Dictionary:
    ours = {name: tuple(syllables.split()) for name, syllables in NAME_READINGS.items()}
    return _with_longest({**_dictionary().phrases, **ours})


def _with_longest(phrases: Mapping[str, Syllables]) -> _Dictionary:
    longest: dict[str, int] = {}
    for phrase in phrases:
        longest[phrase[:2]] = max(len(phrase), longest.get(phrase[:2], 1))
    return _Dictionary(phrases, longest)


@cache
def _plain(syllable: str) -> str:
    """Remove the tone of a syllable: lǜ becomes lv."""
    apart = unicodedata.normalize("NFD", syllable).replace("u\N{COMBINING DIAERESIS}", "v")
    return "".join(one for one in apart if not unicodedata.combining(one))
