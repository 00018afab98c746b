"""Find texts that differ from a typed word in one character."""

from collections.abc import Iterator

from geo.place_names.text_index import TextIndex

SHORTEST_FUZZY = 3  # characters; one of two is too much to be wrong
_MOST_CANDIDATES = 5_000  # texts in which half of the word stands


def find_with_one_wrong(index: TextIndex, word: str) -> Iterator[int]:
    """Yield the owners of texts that contain the word but for one character, in order.

    One half of the word must stand there exactly, so that only those texts are compared.
    """
    if len(word) < SHORTEST_FUZZY:
        return
    middle = len(word) // 2
    found: set[int] = set()
    for half, start in ((word[:middle], 0), (word[middle:], middle)):
        for count, (owner, at) in enumerate(index.positions(half)):
            if count >= _MOST_CANDIDATES:
                break
            if owner not in found and _differs_in_one(index.text, at - start, word):
                found.add(owner)
    yield from sorted(found)


def _differs_in_one(text: str, at: int, word: str) -> bool:
    if at < 0 or at + len(word) > len(text):
        return False
    part = text[at : at + len(word)]
    return "\n" not in part and sum(one != other for one, other in zip(part, word, strict=True)) <= 1
