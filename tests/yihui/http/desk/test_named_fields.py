"""Organisations and stations chosen by name on forms: offered while typing, accepted where unique, else listed."""

import pytest

from core.faults import FaultError
from geo.formats.outlines import load_area_names
from geo.station import Kind, Station
from tests.yihui.http.desk.officers import CASE_WORKER
from tests.yihui.http.two_districts import HERE, OTHER_UNION, OWN, THERE, UNION, TwoDistricts, officer
from tools.servers.desk import DEMO, Officers, text_of
from yihui.access.roles import Role
from yihui.services.desk.choices import (
    find_area_choices,
    resolve_area,
    resolve_planned_area,
    resolve_station,
)
from yihui.services.stations.texts import StationTexts

KEEPER = "register_keeper/inside"
PLAN = "/desk/inspections/plans/plan"


def offers(site: Officers, kind: str, text: str, who: str = CASE_WORKER) -> str:
    page = site.client.get(
        f"/desk/choices/{kind}",
        params={"field": "to", "to": text},
        headers={"x-actor": who, "accept": "text/html"},
    )
    assert page.status_code == 200, page.text
    return page.text


def test_what_is_typed_is_offered_by_name_with_own_ones_first(site: Officers) -> None:
    own = offers(site, "organisations", "工会")
    assert f"工会 {UNION}（{UNION}）" in own and THERE not in own
    assert f"（{OTHER_UNION}）" in offers(site, "organisations", OTHER_UNION), (
        "others where no own one matches"
    )
    assert 'value="泉边驿站（here）"' in offers(site, "stations", "泉边", KEEPER)
    assert "海边驿站" in offers(site, "stations", "海边", KEEPER)


@pytest.mark.parametrize("text", ["", "  ", "没有这个", "<script>", "%", "字" * 800])
def test_nothing_is_offered_for_what_matches_nothing(text: str, site: Officers) -> None:
    assert offers(site, "organisations", text) == offers(site, "stations", text) == ""


def test_a_name_of_several_is_refused_with_what_matches(site: Officers) -> None:
    fields = {"station": "的驿站", "due": "2027-01-31"}
    assert "没有坐标的驿站" not in text_of(
        site.send(PLAN, PLAN, KEEPER, **{**fields, "station": "不存在的站"})
    )
    several = site.send(PLAN, PLAN, KEEPER, **{**fields, "station": "驿站"})
    assert several.status_code == 422 and 'value="驿站"' in several.text
    assert "泉边驿站（here）、没有坐标的驿站（unplaced）" in text_of(several)


def test_a_filter_reads_a_name_and_shows_it_again(site: Officers) -> None:
    shown = site.open(f"/desk/members?organisation=工会 {UNION}", CASE_WORKER)
    assert (
        shown.status_code == 200
        and f'value="工会 {UNION}"' in shown.text
        and f"/desk/members/{OWN}" in shown.text
    )
    assert site.open("/desk/members?organisation=没有这个工会", CASE_WORKER).status_code == 422
    listed = site.open(f"/desk/members?organisation=工会 {HERE[:4]}", DEMO)
    assert listed.status_code == 422 and "may be any of these" in text_of(listed)
    stations = site.open("/desk/register?district=没有这个区", DEMO)
    assert stations.status_code == 422 and "no province, city or county is called" in text_of(stations)
    for area in ("3701", "历下區"):
        assert site.open(f"/desk/register?district={area}", DEMO).status_code == 200, area
    for page in ("/desk/audit", "/desk/money/reports/benefits", "/desk/hotline/cases"):
        assert site.open(f"{page}?organisation=工会 {HERE}", DEMO).status_code == 200, page


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("历下区", "370102"),
        ("歷下", "370102"),
        ("山东省济南市历下区", "370102"),
        ("枣庄市中区", "370402"),
        ("枣庄市市中区（370402）", "370402"),
        ("济南", "370100"),
        ("朝阳区（110105）", "110105"),
        ("３７０１０２", "370102"),
        ("济南市 历下区", "370102"),
        ("枣庄 市中区", "370402"),
        ("历 下 区", "370102"),
        ("山东省历下区", "370102"),
        ("济南历下", "370102"),
        ("山东济南历下", "370102"),
        ("山东 济南市 历下区（370102）", "370102"),
        ("北京朝阳区", "110105"),
    ],
)
def test_an_area_is_named_with_or_without_those_around_it(typed: str, code: str) -> None:
    assert resolve_area(load_area_names(), typed) == code


def test_the_code_of_a_township_says_its_county() -> None:
    with pytest.raises(FaultError, match=r"370102001.*历下区"):
        resolve_planned_area(load_area_names(), "370102001")


def test_own_areas_are_offered_first(site: Officers) -> None:
    assert offers(site, "areas", "区", KEEPER).startswith('<option value="济南市历下区（370102）">')
    assert offers(site, "areas", "济南 历下").count("<option") == 1


def test_an_area_of_several_of_a_name_is_the_officers_own_or_listed_with_its_city() -> None:
    places = load_area_names()
    own = [code for code in places if code.startswith("3701")]
    assert resolve_area(places, "市中区", own) == "370103"
    assert resolve_area(places, "李沧区", own) == "370213", "elsewhere where no own one has the name"
    with pytest.raises(FaultError) as refused:
        resolve_area(places, "市中区")
    offered = [one.text for one in find_area_choices(places, "市中区")]
    assert offered[:2] == ["济南市市中区（370103）", "枣庄市市中区（370402）"]
    assert refused.value.faults[0].params["names"] == "、".join(offered[:2]), "those of the province"
    assert [resolve_area(places, one) for one in offered] == ["370103", "370402", "511002", "511102"]


STATIONS = [
    Station(id=f"s{number}", name=name, kind=Kind.OUTDOOR_STATION, lon=117.0, lat=36.6, district=district)
    for number, (name, district) in enumerate(
        [
            ("公园驿站（东门）", HERE[:6]),
            ("大润发超市（西门店）", HERE[:6]),
            ("东门", THERE[:6]),
            ("泉城路驿站分站", HERE[:6]),
            ("泉城路驿站", THERE[:6]),
        ]
    )
]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("公园驿站（东门）", "s0"),
        ("公园驿站(东门)", "s0"),
        ("公园驿站（东门）（s0）", "s0"),
        ("大润发超市（西门店）", "s1"),
        ("泉城路驿站", "s4"),
        ("泉城路驿站分", "s3"),
        ("s3", "s3"),
    ],
)
def test_a_bracket_may_be_a_part_of_a_name(typed: str, number: str, union: TwoDistricts) -> None:
    """And a whole name counts before an own one that contains it."""
    keeper = officer(Role.REGISTER_KEEPER, "inside")
    assert resolve_station(union.wiring, keeper, typed, StationTexts(STATIONS)) == number


def test_an_id_in_brackets_that_belongs_to_another_name_is_refused(union: TwoDistricts) -> None:
    keeper = officer(Role.REGISTER_KEEPER, "inside")
    with pytest.raises(FaultError):
        resolve_station(union.wiring, keeper, "公园（s2）", StationTexts(STATIONS))
