"""Pinyin of Hanzi as people type it: syllables without tones, ü as v.

Readings are pypinyin's, by the longest phrase from the left as pypinyin itself takes it, in a tenth of
its time and of its memory: the tables hold text, not objects. Some place names have a local reading. For these both readings match, since visitors type the
reading of the dictionary.
*Source*: pypinyin; GB/T 2260-2007 for the names of districts in Latin letters (Shan Xian, Laoling Shi,
Changqing Qu, Changdao Xian).
"""

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate

from geo.formats.readings import iter_character_readings, iter_phrase_readings

Syllables = tuple[str, ...]

# Readings of names in Shandong that differ from the dictionary's reading of the same phrase.
NAME_READINGS: Mapping[str, str] = {
    "乐陵": "lao ling",
    "朝阳": "chao yang",
    "廿里堡": "nian li pu",
    "齐都": "qi du",
    "柏林": "bai lin",
}
# The usual reading of a character in a name where it belongs to no word: 单县, 长清, 龙都, 翟镇, 什集, 四里堡, …
_ALONE = "单shan 长chang 都du 翟zhai 什shi 堡pu 泊bo 重chong 行hang 阿e 盖ge 召shao 解xie"
CHARACTER_READINGS: Mapping[str, str] = {one[0]: one[1:] for one in _ALONE.split()}
_READ_OTHERWISE = {*CHARACTER_READINGS, *(name[0] for name in NAME_READINGS)}
_NOTHING: Mapping[str, str] = {}
_FEWEST_INITIALS = 3  # fewer stand in the initials of too many names
_BEYOND_PLANE = 1 << 16  # with rarer characters a class of `re` is slow
_HEAD = 2  # characters by which phrases are grouped
_LINE, _FIELD = "\n", "\t"
# The phrases that begin with two characters, by these: lines of the rest, a tab, and the syllables; the longest first.
_Phrases = Mapping[str, str]


def pinyin_spellings(text: str) -> tuple[Syllables, ...]:
    """Return the spellings of a text, one syllable per character; two where a name has a local reading.

    Characters other than Hanzi stay as they are.
    """
    usual = _spelt(text, _phrases(), _NOTHING)
    if _READ_OTHERWISE.isdisjoint(text):
        return (usual,)
    local = _spelt(text, _phrases_with_names(), CHARACTER_READINGS)
    return (usual,) if usual == local else (usual, local)


def is_phrase(text: str) -> bool:
    """Return whether a text is a word of the dictionary: 上海, 和平."""
    lines = _phrases().get(text[:_HEAD])
    found = None if lines is None else _longest(lines, text, _HEAD)
    return found is not None and len(found) == len(text)


def find_read_as(names: Sequence[str], word: str) -> Iterator[int]:
    """Yield the places of the names in which a word of small letters is read: syllables, or three initials or more.

    Each character counts by itself, in its usual reading and in that of names: no phrase is looked up.
    """
    text = "\n".join(names)
    starts = list(accumulate((len(name) + 1 for name in names), initial=0))
    by_reading, found = _list_by_reading(), set[int]()
    first = "".join(all_of for reading, all_of in by_reading.items() if word.startswith(reading))
    begins = re.finditer(f"[{first}]", text) if first else ()
    found |= {one.start() for one in begins if _is_read(text, one.start(), word)}
    if len(word) >= _FEWEST_INITIALS:
        classes = (
            "".join(all_of for reading, all_of in by_reading.items() if reading[0] == letter)
            for letter in word
        )
        pattern = "".join(f"[{one}{letter}]" for one, letter in zip(classes, word, strict=True))
        found |= {one.start() for one in re.finditer(pattern, text)}
    yield from sorted({bisect_right(starts, at) - 1 for at in found})


def _is_read(text: str, at: int, word: str) -> bool:
    """Return whether a text is read as a word from here on; the word's last syllable may be cut."""
    if not word or at == len(text):
        return not word
    return any(
        reading.startswith(word)
        or (word.startswith(reading) and _is_read(text, at + 1, word[len(reading) :]))
        for reading in {_alone(text[at]), CHARACTER_READINGS.get(text[at], _alone(text[at]))}
    )


@cache
def _list_by_reading() -> Mapping[str, str]:
    """Return the characters that are read as each syllable, in a name or elsewhere."""
    syllables, numbers = _characters()
    found: dict[str, str] = dict.fromkeys(list_syllables(), "")
    for code, number in enumerate(numbers[:_BEYOND_PLANE]):
        for reading in {syllables[number], CHARACTER_READINGS.get(chr(code), "")} & found.keys():
            found[reading] += chr(code)
    return found


def list_syllables() -> list[str]:
    """Return all syllables in Latin letters that a character is read as."""
    return [one for one in _characters()[0] if one.isascii() and one.isalpha()]


def _spelt(text: str, phrases: _Phrases, alone: Mapping[str, str]) -> Syllables:
    syllables: list[str] = []
    start, end = 0, len(text)
    while start < end:
        lines = phrases.get(text[start : start + _HEAD])
        found = None if lines is None else _longest(lines, text, start + _HEAD)
        if found is not None:
            syllables += found
            start += len(found)
        else:
            one = text[start]
            syllables.append(alone[one] if one in alone else _alone(one))
            start += 1
    return tuple(syllables)


def _longest(lines: str, text: str, at: int) -> list[str] | None:
    """Return the syllables of the longest phrase whose rest stands in the text here."""
    for line in lines.split(_LINE):
        rest, _, syllables = line.partition(_FIELD)
        if text.startswith(rest, at):
            return syllables.split(" ")
    return None


def _alone(character: str) -> str:
    syllables, numbers = _characters()
    code = ord(character)
    return syllables[numbers[code]] if code < len(numbers) and numbers[code] else character


@cache
def _characters() -> tuple[Sequence[str], Sequence[int]]:
    """Return all syllables, and the number of its syllable by the code of a character; 0 where it has none."""
    syllables, numbers = [""], array("H")
    known: dict[str, int] = {}
    for character, reading in iter_character_readings():
        plain, code = _plain(reading), ord(character)
        if plain not in known:
            known[plain] = len(syllables)
            syllables.append(plain)
        numbers.extend([0] * (code + 1 - len(numbers)))
        numbers[code] = known[plain]
    return syllables, numbers


@cache
def _phrases() -> _Phrases:
    return _grouped(
        (phrase, map(_plain, readings))
        for phrase, readings in iter_phrase_readings()
        if len(phrase) == len(readings) >= _HEAD
    )


@cache
def _phrases_with_names() -> _Phrases:
    """Return the phrases, where those of our names take the place of the dictionary's."""
    ours = _grouped((name, syllables.split()) for name, syllables in NAME_READINGS.items())
    merged = {
        head: _by_length(f"{lines}{_LINE}{_phrases().get(head, lines)}") for head, lines in ours.items()
    }
    return {**_phrases(), **merged}


def _grouped(read: Iterable[tuple[str, Iterable[str]]]) -> _Phrases:
    groups: dict[str, str] = {}
    for phrase, syllables in read:
        line = f"{phrase[_HEAD:]}{_FIELD}{' '.join(syllables)}"
        before = groups.get(phrase[:_HEAD])
        groups[phrase[:_HEAD]] = line if before is None else f"{before}{_LINE}{line}"
    return {head: _by_length(lines) for head, lines in groups.items()}


def _by_length(lines: str) -> str:
    """Sort lines by the length of the phrase; the earlier of two goes first."""
    return _LINE.join(sorted(lines.split(_LINE), key=lambda line: -line.index(_FIELD)))


@cache
def _plain(syllable: str) -> str:
    """Remove the tone of a syllable: lǜ becomes lv."""
    apart = unicodedata.normalize("NFD", syllable).replace("u\N{COMBINING DIAERESIS}", "v")
    return "".join(one for one in apart if not unicodedata.combining(one))
