"""How often riders rested where, and that never fewer than ten are shown together."""

from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from geo.usage_counts import MIN_GROUP_SIZE, group_uses
from tests.profile import searched

MAY = date(2026, 5, 1)
DISTRICTS = {"a": "370102", "b": "370102", "c": "370103"}


@searched(100)
@given(
    st.dictionaries(st.tuples(st.sampled_from("abcd"), st.integers(0, 167)), st.integers(1, 25), max_size=40)
)
def test_groups_share_no_use_hold_ten_or_more_and_add_up(counts: dict[tuple[str, int], int]) -> None:
    groups = list(group_uses(MAY, counts, DISTRICTS))
    assert all(group.count >= MIN_GROUP_SIZE for group in groups)
    keys = [(group.station, group.district, group.hour) for group in groups]
    assert len(keys) == len(set(keys))
    for station in "abcd":
        of_it = [group for group in groups if group.station == station]
        whole = sum(count for (id, _), count in counts.items() if id == station)
        shown = sum(group.count for group in of_it)
        assert whole - shown == 0 or (whole - shown < MIN_GROUP_SIZE)
        for group in of_it:
            if group.hour is not None:
                assert group.count == counts[station, group.hour]
    left: Counter[str] = Counter()
    for (station, _), count in counts.items():
        left[DISTRICTS.get(station, "")] += count
    for group in groups:
        left[group.district] -= group.count
    assert all(0 <= rest < MIN_GROUP_SIZE for rest in left.values())
