"""An index of many short texts, stored as one long text that is searched at memory speed."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

_END = "\n"  # separates texts; no text contains it


@dataclass(frozen=True, slots=True)
class TextIndex:
    """Short texts in order, each with an owner; texts of one owner are neighbours.

    ``begins`` has a 1 at each position where a match may begin; it is empty where a match may begin
    anywhere.
    """

    text: str
    starts: Sequence[int]  # of each text within the long one, ascending
    owners: Sequence[int]  # ascending
    begins: bytes

    @classmethod
    def from_texts(cls, texts: Iterable[tuple[int, str]]) -> "TextIndex":
        """Build an index of texts with their owners; a match may begin anywhere in a text."""
        return cls._laid([(owner, text, b"") for owner, text in texts if text])

    @classmethod
    def from_parts(cls, texts: Iterable[tuple[int, Sequence[str]]]) -> "TextIndex":
        """Build an index of texts in parts; a match begins at a part only, so that syllables are not cut."""
        return cls._laid([(owner, "".join(parts), _begins(parts)) for owner, parts in texts if parts])

    @classmethod
    def _laid(cls, texts: Sequence[tuple[int, str, bytes]]) -> "TextIndex":
        starts, at = array("q"), 1
        for _, text, _ in texts:
            starts.append(at)
            at += len(text) + 1
        long = _END + "".join(f"{text}{_END}" for _, text, _ in texts)
        begins = b"\0" + b"".join(begins + b"\0" for _, _, begins in texts)
        whole = any(begin for _, _, begin in texts)
        return cls(long, starts, array("q", (owner for owner, _, _ in texts)), begins if whole else b"")

    def find_exact(self, part: str) -> Iterator[int]:
        """Yield the owners of texts that equal ``part``, in order."""
        return self._found(f"{_END}{part}{_END}", 1)

    def find_prefix(self, part: str) -> Iterator[int]:
        """Yield the owners of texts that begin with ``part``, in order."""
        return self._found(f"{_END}{part}", 1)

    def find_substring(self, part: str) -> Iterator[int]:
        """Yield the owners of texts that contain ``part``, in order."""
        return self._found(part, 0)

    def positions(self, part: str) -> Iterator[tuple[int, int]]:
        """Yield the owner and the position of each occurrence of ``part`` in `text`."""
        at = self.text.find(part)
        while at >= 0:
            yield self.owners[bisect_right(self.starts, at) - 1], at
            at = self.text.find(part, at + 1)

    def _found(self, sought: str, skipped: int) -> Iterator[int]:
        at, last = self.text.find(sought), -1
        while at >= 0:
            if skipped or not self.begins or self.begins[at]:
                number = bisect_right(self.starts, at + skipped) - 1
                if self.owners[number] != last:
                    last = self.owners[number]
                    yield last
                # skip the rest of this text, since its owner is found
                at = self.starts[number + 1] - 1 if number + 1 < len(self.starts) else len(self.text)
            else:
                at += 1
            at = self.text.find(sought, at)


def _begins(parts: Sequence[str]) -> bytes:
    return b"".join(b"\1" + b"\0" * (len(part) - 1) for part in parts)


TextLookup = Callable[[TextIndex, str], Iterator[int]]
