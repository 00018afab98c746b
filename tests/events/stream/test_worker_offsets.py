"""What may be committed, and when a message is missing."""

from events.stream.batching import Place, Record, headers_of
from events.stream.offsets import Offsets

A, B = Place("t", 0), Place("t", 1)


def records(place: Place, *offsets: int) -> list[Record]:
    return [Record(place, offset, b"", ()) for offset in offsets]


def test_what_follows_on_has_no_gap_and_is_committed_to_its_end() -> None:
    offsets = Offsets()
    batch = [*records(A, 5, 6, 7), *records(B, 0)]
    assert offsets.unknown({record.place for record in batch}) == {A, B}
    offsets.start(A, 5)
    offsets.start(B, 0)
    assert offsets.unknown({record.place for record in batch}) == set()
    assert offsets.gaps(batch) == {}
    assert offsets.after(batch) == {A: 8, B: 1}


def test_a_gap_is_told_with_what_should_have_come() -> None:
    offsets = Offsets()
    offsets.start(A, 5)
    offsets.start(B, 0)
    assert offsets.gaps([*records(A, 5, 7, 8, 12), *records(B, 1)]) == {A: (6, 7), B: (0, 1)}
    offsets.done({A: 13})
    assert offsets.gaps(records(A, 14)) == {A: (13, 14)}


def test_what_comes_again_is_no_gap_and_commits_nothing_backwards() -> None:
    offsets = Offsets()
    offsets.start(A, 10)
    assert offsets.gaps(records(A, 3, 4, 5)) == {}
    assert offsets.after(records(A, 3, 4, 5)) == {}
    assert offsets.after(records(A, 9, 10, 11, 9, 10)) == {A: 12}


def test_after_a_sharing_out_nothing_is_known() -> None:
    offsets = Offsets()
    offsets.start(A, 10)
    offsets.forget()
    assert offsets.unknown({record.place for record in records(A, 10)}) == {A}


def test_headers_come_as_pairs_or_as_a_mapping_and_may_be_empty() -> None:
    assert headers_of(None) == ()
    assert headers_of([("a", b"1"), ("b", None)]) == (("a", b"1"), ("b", b""))
    assert headers_of({"a": b"1"}) == (("a", b"1"),)
