"""Several services at one place are one site; two of one kind are not."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.checks.shared_building import SAME_SITE_M, find_services_beside
from geo.station import Kind, Station
from tests.profile import searched

METRE = 1 / 111_320  # degrees of latitude, roughly


def station(id: str, kind: Kind, north_m: float | None = 0.0, **more: object) -> Station:
    point = {} if north_m is None else {"lon": 117.0, "lat": 36.6 + north_m * METRE}
    return Station.model_validate({"id": id, "name": f"站{id}", "kind": kind, **point, **more})


def ids(*stations: Station) -> list[list[str]]:
    """The sites, each as the ids of its stations."""
    beside = {one.id: {other.id for other in find_services_beside(one, stations)} for one in stations}
    found = {
        tuple(s.id for s in stations if s.id == id or s.id in others)
        for id, others in beside.items()
        if others
    }
    return [[*site] for site in sorted(found, key=lambda site: [s.id for s in stations].index(site[0]))]


def test_a_palace_and_a_mother_room_in_it_are_one_site() -> None:
    palace, room = station("p", Kind.CULTURAL_PALACE), station("m", Kind.MOTHER_ROOM, 25)
    far = station("f", Kind.MOTHER_ROOM, 40)
    assert ids(palace, room, far) == [["p", "m"]]
    assert find_services_beside(palace, [palace, room, far]) == (room,)
    assert find_services_beside(far, [palace, room, far]) == ()


def test_a_row_without_coordinates_joins_by_its_house_number() -> None:
    palace = station(
        "p",
        Kind.CULTURAL_PALACE,
        address="山东省济南市历下区泉城路1号",
        district="370102",
        district_name="历下区",
    )
    centre = station(
        "c", Kind.SERVICE_CENTRE, None, address="泉城路1号（二楼）", district="370102", district_name="历下区"
    )
    elsewhere = station(
        "e", Kind.LIBRARY, None, address="泉城路1号", district="370103", district_name="市中区"
    )
    vague = station("v", Kind.LIBRARY, None, address="泉城路", district="370102", district_name="历下区")
    assert ids(palace, centre, elsewhere, vague) == [["p", "c"]]


def test_a_common_address_does_not_join_what_lies_far_apart() -> None:
    one = station("1", Kind.CULTURAL_PALACE, 0, address="工业园1号")
    other = station("2", Kind.MOTHER_ROOM, 900, address="工业园1号")
    assert ids(one, other) == []


def test_who_is_closed_for_good_is_left_out() -> None:
    gone = station("m", Kind.MOTHER_ROOM, status="closed_for_good")
    assert ids(station("p", Kind.CULTURAL_PALACE), gone) == []


KINDS = st.sampled_from([Kind.MOTHER_ROOM, Kind.LIBRARY, Kind.CULTURAL_PALACE])


@searched(60)
@given(st.lists(st.tuples(KINDS, st.sampled_from(range(0, 400, 7))), max_size=14))
def test_sites_are_what_a_walk_over_all_pairs_finds(places: list[tuple[Kind, int]]) -> None:
    stations = [station(f"{n:02}", kind, north) for n, (kind, north) in enumerate(places)]
    geod, together = Geod(ellps="WGS84"), {s.id: {s.id} for s in stations}
    for one, other in combinations(stations, 2):
        apart_m = geod.inv(one.lon, one.lat, other.lon, other.lat)[2]
        if one.kind != other.kind and apart_m <= SAME_SITE_M:
            joined = together[one.id] | together[other.id]
            together.update(dict.fromkeys(joined, joined))
    wanted = sorted({tuple(sorted(group)) for group in together.values() if len(group) > 1})
    assert sorted(tuple(group) for group in ids(*stations)) == wanted
