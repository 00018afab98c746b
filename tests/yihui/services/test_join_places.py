"""Where a person may join who has no code at hand: by employer or by place; nothing is guessed."""

from collections.abc import Iterator

import pytest

from core.faults import FaultError
from tests.members.organisations.acting import event_of, handle
from tests.yihui.services.joining_people import DISTRICT, HERE, found_tree, joining_wiring
from yihui.bootstrap import Wiring
from yihui.services.joining.places import WorkPlace, find_join_places

SPRING = (117.0204, 36.6683)  # in 历下区


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    folder = tmp_path_factory.mktemp("places")
    made = joining_wiring(str(folder / "yihui.db"), folder)
    found_tree(made)
    with made.database.write() as connection:
        for code, name, kind in (
            ("370102003", "泉城路街道会员之家", "member_home"),
            ("370102004", "大明湖街道会员之家", "member_home"),
            ("370103001", "别处街道会员之家", "member_home"),
            ("370102001-00009", "泉城物流（山东）有限公司工会", "union"),
            ("370102001-00010", "泉城物流旧公司工会", "union"),
        ):
            handle(connection, event_of("organisation.founded", code, "2012-01-01", name=name, kind=kind))
        handle(connection, event_of("organisation.dissolved", "370102001-00010", "2020-01-01"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("employer", "names"),
    [
        ("泉城物流", ["泉城物流工会", "泉城物流（山东）有限公司工会"]),
        ("泉城物流(山东)", ["泉城物流（山东）有限公司工会"]),
        (" 泉城物流（山东） ", ["泉城物流（山东）有限公司工会"]),
        ("没有这家", []),
        ("%%", []),
        ("__", []),
    ],
)
def test_an_employer_finds_all_organisations_of_today_that_fit(
    wiring: Wiring, employer: str, names: list[str]
) -> None:
    found = find_join_places(wiring, WorkPlace(employer))
    assert [span.name for span in found.organisations] == names


def test_a_point_finds_the_members_homes_of_its_district_to_choose_from(wiring: Wiring) -> None:
    found = find_join_places(wiring, WorkPlace(lon=SPRING[0], lat=SPRING[1]))
    assert found.districts[0].code == DISTRICT
    homes = [span.code for span in found.homes if span.code.startswith(DISTRICT)]
    assert homes == ["370102003", "370102004"] and found.organisations == ()
    by_district = find_join_places(wiring, WorkPlace("美团", district=DISTRICT))
    assert [span.code for span in by_district.homes] == homes and by_district.organisations == ()


def test_a_point_near_a_border_finds_the_homes_of_both_sides(wiring: Wiring) -> None:
    outlines = wiring.outlines
    step = 0.0005
    lon = next(
        SPRING[0] - n * step
        for n in range(400)
        if outlines.assign([(SPRING[0] - n * step, SPRING[1])]).code[0] != DISTRICT
    )
    found = find_join_places(wiring, WorkPlace(lon=lon, lat=SPRING[1]))
    assert len(found.districts) > 1 and found.districts[0].code != DISTRICT
    assert DISTRICT in {one.code for one in found.districts}


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (WorkPlace(), "join_place.nothing"),
        (WorkPlace("   "), "join_place.nothing"),
        (WorkPlace("泉"), "join_place.short"),
        (WorkPlace(lon=117.0), "join_place.half_point"),
        (WorkPlace(lon=36.6, lat=117.0), "join_place.no_district"),
        (WorkPlace(lon=-150.0, lat=0.0), "join_place.no_district"),
    ],
)
def test_a_place_that_says_nothing_is_refused(wiring: Wiring, place: WorkPlace, code: str) -> None:
    with pytest.raises(FaultError) as refused:
        find_join_places(wiring, place)
    assert [fault.code for fault in refused.value.faults] == [code]


def test_what_was_found_can_be_joined(wiring: Wiring) -> None:
    from yihui.services.joining.requests import JoinPlace, begin_joining

    found = find_join_places(wiring, WorkPlace("泉城物流工会"))
    begun, _ = begin_joining(wiring, JoinPlace(organisation=found.organisations[0].code))
    assert begun.request.organisation == HERE
