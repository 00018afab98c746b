"""How much dwelling a mapped building has, whatever mappers write into its tags."""

import pytest

from geo.coverage.buildings import (
    ASSUMED_LEVELS,
    DWELLING_SHARES,
    MAX_LEVELS,
    UNKNOWN_KIND_SHARE,
    dwelling_levels,
    dwelling_share,
    parse_levels,
)


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("6", 6.0),
        (" 18 ", 18.0),
        ("3.5", 3.5),
        ("５", 5.0),
        ("１８层", 18.0),
        ("6F", 6.0),
        ("2 floors", None),  # a unit apart from its number is nobody's habit: not guessed
        ("0", None),  # a building without a level has no dwelling to weigh; the kind's levels are assumed
        ("-2", None),
        ("40000", None),
        (f"{MAX_LEVELS:g}", MAX_LEVELS),
        (f"{MAX_LEVELS + 0.5:g}", None),
        ("<b>9", None),
        ("<script>9</script>", None),
        ("3;4", None),
        ("1e3", None),
        ("nan", None),
        ("inf", None),
        ("九", None),
        ("", None),
        ("9" * 5_000, None),
        ("\u202e9", None),
    ],
)
def test_levels_are_read_where_they_can_be_meant(text: str, levels: float | None) -> None:
    assert parse_levels(text) == levels


def test_stated_levels_count_and_others_are_assumed_by_kind() -> None:
    assert dwelling_levels("apartments", "18") == 18.0
    for wrong in (None, "-2", "40000", "<b>9"):
        assert dwelling_levels("apartments", wrong) == ASSUMED_LEVELS["apartments"]
    assert dwelling_levels("yes", "4") == 4.0 * UNKNOWN_KIND_SHARE
    assert dwelling_levels("school", "4") == 0.0


def test_a_kind_is_read_as_it_was_meant() -> None:
    assert dwelling_share(" Apartments ") == dwelling_share("ａｐａｒｔｍｅｎｔｓ") == 1.0
    assert dwelling_share("<b>") == dwelling_share("") == dwelling_share("x" * 9_999) == UNKNOWN_KIND_SHARE


def test_the_shares_are_shares_and_every_assumed_kind_has_dwellings() -> None:
    assert all(0.0 <= share <= 1.0 for share in DWELLING_SHARES.values())
    assert all(dwelling_share(kind) > 0 for kind in ASSUMED_LEVELS)
