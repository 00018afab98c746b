"""Who looks for her union finds one: by place, employer, platform, name, pinyin or number; the list is never empty."""

from collections.abc import Iterator

import pytest

from core.civil_time import civil_date
from members.joining.repository import append_taken_names
from tests.members.organisations.acting import event_of, handle
from tests.tiers import ENDURES
from tests.yihui.services.joining_people import (
    DISTRICT,
    HERE,
    NOW,
    THERE,
    TOWNSHIP,
    found_tree,
    joining_wiring,
)
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.cases.organisations.forms import TakersForm
from yihui.cases.organisations.link_acts import TAKE
from yihui.frame.doing import ActRequest, do_act
from yihui.samples.organisations import PLATFORMS
from yihui.services.joining.places import JoinPlaces, find_join_places

SPRING = (117.0204, 36.6683)  # in 历下区
ELSEWHERE, CREDIT = "370103", "91110000600037341L"
RIDERS = "370102001-00030"


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    folder = tmp_path_factory.mktemp("places")
    made = joining_wiring(str(folder / "yihui.db"), folder)
    found_tree(made)
    with made.database.write() as connection:
        for code, name, kind in (
            (ELSEWHERE, "市中区总工会", "union"),
            ("370102003", "泉城路街道会员之家", "member_home"),
            ("370102004", "大明湖街道会员之家", "member_home"),
            ("370103001", "别处街道会员之家", "member_home"),
            (RIDERS, "历下区外卖行业工会", "industry_union"),
            ("370102001-00009", "泉城物流（山东）有限公司工会", "union"),
            ("370102001-00010", "泉城物流旧公司工会", "union"),
        ):
            more = {"credit_code": CREDIT} if code.endswith("00009") else {}
            handle(
                connection, event_of("organisation.founded", code, "2012-01-01", name=name, kind=kind, **more)
            )
        handle(connection, event_of("organisation.dissolved", "370102001-00010", "2020-01-01"))
        for code, names in (
            (RIDERS, ["美团", "骑手"]),
            (ELSEWHERE, ["美团"]),
            ("370100", ["顺丰"]),
            ("370100", ["滴滴"]),  # in place of the one before
        ):
            append_taken_names(connection, code, names, "li", NOW)
    yield made
    made.close()


def codes(found: JoinPlaces, *why: str) -> list[str]:
    return [one.span.code for one in found.choices if not why or one.why in why]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("泉城物流", ["泉城物流工会", "泉城物流（山东）有限公司工会"]),
        ("泉城物流(山东)", ["泉城物流（山东）有限公司工会"]),
        ("quanchenglu", ["泉城路街道会员之家"]),
        ("quanchengwuliu", ["泉城物流工会", "泉城物流（山东）有限公司工会"]),
        ("QCWL", ["泉城物流工会", "泉城物流（山东）有限公司工会"]),
        (HERE, ["泉城物流工会"]),
        (CREDIT, ["泉城物流（山东）有限公司工会"]),
        ("370102001-00010", []),
        ("没有这家", []),
        ("%%", []),
        ("泉", []),
    ],
)
def test_a_name_or_a_number_finds_all_organisations_of_today_that_fit(
    places: Wiring, text: str, names: list[str]
) -> None:
    found = find_join_places(places, f" {text} ")
    assert [one.span.name for one in found.choices if one.why in ("name", "number")] == names
    assert codes(found)[-1] == "370000" and not found.is_placed


def test_a_district_lists_homes_townships_trades_and_its_own_union(places: Wiring) -> None:
    by_point = find_join_places(places, "", SPRING)
    assert by_point.is_placed and codes(by_point, "home")[:2] == ["370102003", "370102004"]
    for text in ("历下", "历下区", "济南市历下区", "lixia"):
        found = find_join_places(places, text)
        assert [(one.span.code, one.why) for one in found.choices] == [
            ("370102003", "home"),
            ("370102004", "home"),
            (TOWNSHIP, "township"),
            (RIDERS, "trade"),
            (DISTRICT, "anybody"),
        ], text
    assert codes(find_join_places(places, "济南"), "area") == [DISTRICT, ELSEWHERE]


@pytest.mark.parametrize("text", ["quanchengwuliu lixia", "历下 qcwl"])
def test_pinyin_finds_an_employer_s_union_in_the_place_that_is_said(places: Wiring, text: str) -> None:
    assert codes(find_join_places(places, text), "name") == [HERE, "370102001-00009"]


@pytest.mark.parametrize(
    "text", ["历下区 美团", "美团骑手 历下", "历下区美团", "lixia meituan", "MT 历下", "骑手 历下区"]
)
def test_a_platform_s_worker_finds_who_takes_her_in_her_district(places: Wiring, text: str) -> None:
    found = find_join_places(places, text)
    assert codes(found, "worker") == [RIDERS] and codes(found)[0] == RIDERS


def test_who_takes_a_platform_s_workers_is_what_was_said_last_the_nearest_first(places: Wiring) -> None:
    assert codes(find_join_places(places, "美团"), "worker") == [ELSEWHERE, RIDERS]
    assert codes(find_join_places(places, "滴滴 历下"), "worker") == ["370100"]
    assert codes(find_join_places(places, "顺丰 历下"), "worker") == []
    assert codes(find_join_places(places, "没有 市中区"))[-1] == ELSEWHERE


def test_an_officer_states_whose_workers_her_union_takes(places: Wiring) -> None:
    officer = Actor("demo", "demo", ActorKind.DEMO)
    do_act(places, officer, TAKE, ActRequest(THERE), TakersForm(names="闪送、 达达，闪送；"))
    assert codes(find_join_places(places, "闪送 历下"), "worker") == [THERE]
    assert codes(find_join_places(places, "dada lixia"), "worker") == [THERE]
    do_act(places, officer, TAKE, ActRequest(THERE), TakersForm(names=None))
    assert codes(find_join_places(places, "闪送 历下"), "worker") == []


def test_every_district_and_platform_ends_with_a_union_that_takes_whoever_finds_no_other(
    places: Wiring,
) -> None:
    today = civil_date(places.now())
    for number, district in enumerate(places.outlines.districts):
        for platform in PLATFORMS if ENDURES else PLATFORMS[number % len(PLATFORMS) :][:1]:
            found = find_join_places(places, f"{district.city}{district.name} {platform}")
            above = (district.code, f"{district.code[:4]}00", "370000")
            assert found.is_placed and all(one.span.holds(today) for one in found.choices)
            takes_her = [one.span.code for one in found.choices if one.why == "worker"]
            assert found.choices[-1].span.code in above or {*above} & {*takes_her}


def test_a_point_near_a_border_finds_both_sides_and_one_off_the_earth_still_a_union(places: Wiring) -> None:
    outlines, step = places.outlines, 0.0005
    lon = next(
        SPRING[0] - n * step
        for n in range(400)
        if outlines.assign([(SPRING[0] - n * step, SPRING[1])]).code[0] != DISTRICT
    )
    assert codes(find_join_places(places, "", (lon, SPRING[1])), "home")[-2:] == ["370102003", "370102004"]
    assert codes(find_join_places(places, "", (-150.0, 999.0))) == ["370000"]
