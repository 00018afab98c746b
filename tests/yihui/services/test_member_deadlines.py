"""The last day on which a returned application can be handed in again is what a slow search day by day says."""

import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.profile import searched
from tests.yihui.applying import HEAD
from tests.yihui.services.joining_people import (
    CITY,
    DISTRICT,
    HERE,
    THERE,
    TOWNSHIP,
    found_tree,
    joining_wiring,
    member_event,
)
from yihui.services.applications.member_deadlines import list_members_of_application_deadlines

TODAY = date(2026, 3, 10)
PROGRAMMES = ("示例助学", "示例慰问")
ABOVE = frozenset({"370000", CITY, DISTRICT, TOWNSHIP})
OWNERS = ("370000", DISTRICT, HERE, THERE)
MEMBERS = {"m-0": HERE, "m-1": THERE, "m-2": HERE, "m-3": HERE}
RETURNED = {("m-0", PROGRAMMES[0]), ("m-1", PROGRAMMES[0]), ("m-0", PROGRAMMES[1]), ("m-2", PROGRAMMES[1])}
ACCEPTED = ("m-3", PROGRAMMES[0])  # which waits for nobody
_RULE = "process: {programme: %s, reviews: [基层工会]}\n"
Terms = tuple[int, int, int, str]  # programme, first day from today, length, owner
Rules = st.lists(
    st.tuples(st.integers(0, 1), st.integers(-4, 6), st.integers(0, 6), st.sampled_from(OWNERS)), max_size=5
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Members of two organisations; some of their applications were returned to them."""
    made = tmp_path_factory.mktemp("deadlines")
    wiring = joining_wiring(str(made / "yihui.db"), made)
    found_tree(wiring)
    for member, organisation in MEMBERS.items():
        member_event(
            wiring, "member.joined", member, "2026-01-02", organisation=organisation, joined_on="2026-01-02"
        )
    for member, programme in sorted({*RETURNED, ACCEPTED}):
        number = f"{member}-{PROGRAMMES.index(programme)}"
        data = {"programme": programme, "year": 2026, "application": number}
        member_event(wiring, "application.submitted", member, "2026-02-01", **data)
        step = {"stage": "基层工会", "reviewer": "r-1", "accepted": (member, programme) == ACCEPTED}
        member_event(wiring, "application.reviewed", member, "2026-02-02", **data, **step)
    wiring.close()
    yield made


def accepts(rules: list[Terms], programme: str, organisation: str, day: date) -> bool:
    """Return whether a rule takes applications on a day from members of an organisation."""
    return any(
        PROGRAMMES[which] == programme
        and TODAY + timedelta(days=first) <= day <= TODAY + timedelta(days=first + length)
        and owner in ABOVE | {organisation}
        for which, first, length, owner in rules
    )


@searched(25, anew=True)
@given(rules=Rules)
def test_who_is_reminded_of_which_last_day(folder: Path, rules: list[Terms]) -> None:
    with tempfile.TemporaryDirectory() as name:
        for number, (which, first, length, owner) in enumerate(rules):
            days = [TODAY + timedelta(days=one) for one in (first, first + length)]
            head = HEAD.replace("from: 2026-01-01, until: 2026-12-31", f"from: {days[0]}, until: {days[1]}")
            text = head.replace('"370000"', f'"{owner}"') % (f"r-{number}", "示例")
            (Path(name) / f"r-{number}.yaml").write_text(text + _RULE % PROGRAMMES[which], "utf-8")
        wiring = joining_wiring(str(folder / "yihui.db"), folder, rules=(Path(name),))
        for day in (TODAY + timedelta(days=one) for one in range(14)):
            expected = {
                member
                for member, programme in RETURNED
                if accepts(rules, programme, MEMBERS[member], day)
                and not accepts(rules, programme, MEMBERS[member], day + timedelta(days=1))
            }
            with wiring.database.read() as connection:
                assert list_members_of_application_deadlines(wiring, connection, day, TODAY) == expected
                assert list_members_of_application_deadlines(wiring, connection, day, TODAY, ["m-0"]) == {
                    one for one in expected if one == "m-0"
                }
        wiring.close()
