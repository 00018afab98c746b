"""What may be committed, and when a message is missing."""

from events.stream.batching import KafkaRecord, StreamPartition, normalize_headers
from events.stream.partitions import PartitionOffsets

A, B = StreamPartition("t", 0), StreamPartition("t", 1)


def records(place: StreamPartition, *offsets: int) -> list[KafkaRecord]:
    return [KafkaRecord(place, offset, b"", ()) for offset in offsets]


def test_what_follows_on_has_no_gap_and_is_committed_to_its_end() -> None:
    offsets = PartitionOffsets()
    batch = [*records(A, 5, 6, 7), *records(B, 0)]
    assert offsets.unknown_partitions({record.place for record in batch}) == {A, B}
    offsets.set_start(A, 5)
    offsets.set_start(B, 0)
    assert offsets.unknown_partitions({record.place for record in batch}) == set()
    assert offsets.find_gaps(batch) == {}
    assert offsets.offsets_after(batch) == {A: 8, B: 1}


def test_a_gap_is_told_with_what_should_have_come() -> None:
    offsets = PartitionOffsets()
    offsets.set_start(A, 5)
    offsets.set_start(B, 0)
    assert offsets.find_gaps([*records(A, 5, 7, 8, 12), *records(B, 1)]) == {A: (6, 7), B: (0, 1)}
    offsets.mark_committed({A: 13})
    assert offsets.find_gaps(records(A, 14)) == {A: (13, 14)}


def test_what_comes_again_is_no_gap_and_commits_nothing_backwards() -> None:
    offsets = PartitionOffsets()
    offsets.set_start(A, 10)
    assert offsets.find_gaps(records(A, 3, 4, 5)) == {}
    assert offsets.offsets_after(records(A, 3, 4, 5)) == {}
    assert offsets.offsets_after(records(A, 9, 10, 11, 9, 10)) == {A: 12}


def test_after_a_sharing_out_nothing_is_known() -> None:
    offsets = PartitionOffsets()
    offsets.set_start(A, 10)
    offsets.clear()
    assert offsets.unknown_partitions({record.place for record in records(A, 10)}) == {A}


def test_headers_come_as_pairs_or_as_a_mapping_and_may_be_empty() -> None:
    assert normalize_headers(None) == ()
    assert normalize_headers([("a", b"1"), ("b", None)]) == (("a", b"1"), ("b", b""))
    assert normalize_headers({"a": b"1"}) == (("a", b"1"),)
