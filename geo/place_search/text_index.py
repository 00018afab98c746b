"""Many short texts as one long one, in which a part is found as fast as memory is read."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

_END = "\n"  # stands in no text


@dataclass(frozen=True, slots=True)
class Shelf:
    """Texts in an order, each of an owner; one may own several, neighbours then.

    ``begins`` has a 1 wherever a find may begin, and is empty where that is everywhere.
    """

    text: str
    starts: Sequence[int]  # of each text within the long one, ascending
    owners: Sequence[int]  # ascending
    begins: bytes

    @classmethod
    def of(cls, texts: Iterable[tuple[int, str]]) -> "Shelf":
        """Texts with their owners, found wherever they hold what is looked for."""
        return cls._laid([(owner, text, b"") for owner, text in texts if text])

    @classmethod
    def of_parts(cls, texts: Iterable[tuple[int, Sequence[str]]]) -> "Shelf":
        """Texts in parts, found from the beginning of a part only: syllables are not cut."""
        return cls._laid([(owner, "".join(parts), _begins(parts)) for owner, parts in texts if parts])

    @classmethod
    def _laid(cls, texts: Sequence[tuple[int, str, bytes]]) -> "Shelf":
        starts, at = array("q"), 1
        for _, text, _ in texts:
            starts.append(at)
            at += len(text) + 1
        long = _END + "".join(f"{text}{_END}" for _, text, _ in texts)
        begins = b"\0" + b"".join(begins + b"\0" for _, _, begins in texts)
        whole = any(begin for _, _, begin in texts)
        return cls(long, starts, array("q", (owner for owner, _, _ in texts)), begins if whole else b"")

    def exact(self, part: str) -> Iterator[int]:
        """Owners of a text that is just this, in order."""
        return self._found(f"{_END}{part}{_END}", 1)

    def beginning(self, part: str) -> Iterator[int]:
        """Owners of a text that begins like this, in order."""
        return self._found(f"{_END}{part}", 1)

    def holding(self, part: str) -> Iterator[int]:
        """Owners of a text that holds this, in order."""
        return self._found(part, 0)

    def _found(self, sought: str, skipped: int) -> Iterator[int]:
        at, last = self.text.find(sought), -1
        while at >= 0:
            if skipped or not self.begins or self.begins[at]:
                number = bisect_right(self.starts, at + skipped) - 1
                if self.owners[number] != last:
                    last = self.owners[number]
                    yield last
                # nothing more of this text, whose owner is found
                at = self.starts[number + 1] - 1 if number + 1 < len(self.starts) else len(self.text)
            else:
                at += 1
            at = self.text.find(sought, at)


def _begins(parts: Sequence[str]) -> bytes:
    return b"".join(b"\1" + b"\0" * (len(part) - 1) for part in parts)


Look = Callable[[Shelf, str], Iterator[int]]
