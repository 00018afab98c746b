"""What of a name, an address, a phone number tells places apart."""

from collections import Counter

import pytest

from geo.checks.matching_keys import (
    AddressMatchKey,
    address_match_key,
    distinguishing_marks,
    have_conflicting_marks,
    name_match_key,
    parse_floors,
    parse_township,
    phone_match_key,
)

AREA = ("山东省", "济南市", "历下区", "济南", "历下")


@pytest.mark.parametrize(
    ("name", "essence"),
    [
        ("历下区泉城公园工会驿站3（示例）", "泉城公园3"),
        ("户外劳动者服务站点03号（济南市历下区泉城公园）", "泉城公园3"),
        ("工会驿站", ""),  # says nothing of which one
        ("泉城公园 妈妈小屋", "泉城公园"),
        ("泉城公园母婴室", "泉城公园"),
        ("１２号线工会驿站", "线12"),  # full-width digits
    ],
)
def test_a_name_is_what_is_left_without_what_all_are_called(name: str, essence: str) -> None:
    assert name_match_key(name, AREA) == essence


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("泉城公园3", "泉城公园12", True),
        ("泉城公园3", "泉城公园", False),  # one list leaves the number out
        ("公园南门", "公园北门", True),
        ("济南西站", "济南西站南广场", False),
        ("济南南门", "南门", False),  # a compass run is no more than two points
        ("a座", "b座", True),
        ("泉城公园", "千佛山", False),  # other names, but no number speaks against
    ],
)
def test_numbers_and_gates_tell_places_apart(one: str, other: str, apart: bool) -> None:
    assert have_conflicting_marks(distinguishing_marks(one), distinguishing_marks(other)) is apart
    assert have_conflicting_marks(Counter(), distinguishing_marks(one)) is False


@pytest.mark.parametrize(
    ("address", "house", "inner"),
    [
        ("山东省济南市历下区泉城路街道泉城路 1 号（一楼）", "泉城路1", "一楼"),
        ("泉城路1号", "泉城路1", ""),
        ("经六路100-1号", "经六路100之1", ""),
        ("臺北市北投區洲美里洲美街271號號1樓中庭", "北投区洲美里洲美街271", "1楼中庭"),
        ("泉城路", "", ""),  # no house
        ("", "", ""),
    ],
)
def test_an_address_is_street_and_house_and_what_is_inside(address: str, house: str, inner: str) -> None:
    assert address_match_key(address, AREA[:3]) == AddressMatchKey(house, inner)


def test_a_township_a_floor_and_a_telephone_number_are_found() -> None:
    assert parse_township("山东省济南市历下区泉城路街道泉城路1号", AREA[:3]) == "泉城路街道"
    assert parse_township("泉城路1号", AREA[:3]) == ""
    assert parse_floors("北门地下1层、十二楼，B2") == {"b1", "12", "b2"}
    assert phone_match_key("0531-8888 9999转601") == "053188889999"
    assert phone_match_key("02-23146871轉6616") == "0223146871"
    assert phone_match_key("12351") == ""
