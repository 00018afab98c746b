"""What riders type that is no name, and what a card says: the phone reads and says it as the server does."""

from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, urlencode

from core.civil_time import CIVIL_TIME
from geo.hours import Opening
from geo.nearest.index import StationIndex
from geo.place_names.typed import list_need_rules
from geo.place_names.typed_points import NO_COORDINATES
from geo.station import Kind, OpeningState, Station
from tests.front import call_each
from tests.yihui.offline.asking import ON_THE_PHONE
from tests.yihui.offline.test_nearest_on_the_phone import packed
from yihui.http.rider.cards import format_tel_link, station_card
from yihui.http.rider.request import select_location_fields
from yihui.http.rider.typed_words import find_link_fault, resolve_typed_words
from yihui.runtime.language import load_language
from yihui.views.labels import format_minutes

_EVERY_WORD = [word for words in list_need_rules()["codes"].values() for word in words]
_NEEDS = [
    "厕所",
    "廁所",
    "洗手間",
    "上厕所",
    "附近的厕所",
    "哪里有厕所？",
    "厕所在哪",
    "最近的公共厕所",
    "WC",
    "ＷＣ",
    "Wi-Fi",
    "哪裡有熱水",
    "附近哪里有熱水？",
    "電動車充電",
    "换电柜",
    "換電櫃",
    "睡一会儿",
    "有午休床的驿站",
    "給手機充電",
    "開水",
    "微波爐",
    "空調",
    "醫藥箱",
    "雨傘",
    "針線包",
    "冰箱",
    "淋浴",
    "妈妈小屋",
    "媽媽小屋",
    "附近的驛站",
]
_WITH_PLACES = (
    *("历下厕所", "厕所 历下", "泉城路附近的厕所", "臺南附近有沒有廁所", "请问历下哪里有厕所？", "永和厕所", "和平路热水和充电"),
    *("厕所历下", "廁所在历下", "历下妈妈小屋", "歷下 媽媽小屋", "厕所路", "厕所查无此地"),
    *("厕所 热水", "热水和充电", "厕所、热水", "微波炉热饭", "热水 和平路 充电", "哪里可以睡午觉", "厕所有吗", "历下 水"),
    *("117.02，36.66 厕所", "热水河路厕所", "泉城路（厕所）", "某驿站（示例）厕所", "𠮷田廁所", "公厕 https://maps.apple.com/?ll=36.66,117.02", "公厕 https://surl.amap.com/abc"),
)  # fmt: skip
_NAMES = (
    "厕所路",
    "热水河",
    "热水河路",
    "和平路",
    "泉水",
    "绿茶",
    "茶",
    "停车场",
    "图书馆",
    "泉城路",
    "充电桩厂",
    "有" * 200,
    "濟南",
    "·",
    "Straße",
)
_POINTS = (
    *("117.02,36.66", "117.02，36.66", "117.02  36.66", "１１７．０２、３６．６６", "36.66,117.02", "(117.02, 36.66)"),
    *("POINT (117.02 36.66)", "纬度36.66 经度117.02", "緯度：36.66，經度：117.02", "lat: 36.66, lng: 117.02", "LON=117.02 LAT=36.66"),
    *("北纬36.66° 东经117.02°", "117.02E,36.66N", "117°1′13″E 36°40′6″N", "東經117°01'13.5\" 北緯36°40'6\"", "36度40分6秒N 117度1分13秒E"),
    *("117.02º 36.66º", "-117.02,36.66", "2.35,48.85", "东经2.35 北纬48.85", "西经2.35 北纬48.85", "1.1702e2,36.66", "+117.02 | +36.66"),
    *("117", "117.02", "117 36", "10.5,20.5", "30.5,40.2,1", "0,0", "0.0,0.0", "3路 5路", "117°1′E 36°40′N", "117°61′1″E 36°40′6″N", "E117 N36"),
    *("117.02N,36.66E", "E117.02E 36.66", "200.5,36.66", "东经181.5 北纬36.6", "nan,36.66", "inf,36.66", ".5,117.02", "36.,117.02"),
)  # fmt: skip
_LINKS = (
    *("https://uri.amap.com/marker?position=117.02,36.66&name=x", "https://uri.amap.com/marker?position=117.02,36.66&coordinate=wgs84"),
    *("https://wb.amap.com/?p=B0FFFAB6J2,36.66,117.02,x", "https://wb.amap.com/?r=36.1,117.9,x,36.66,117.02,x", "https://www.amap.com/?q=36.66,117.02,x"),
    *("https://ditu.amap.com/regeo?lng=117.02&lat=36.66", "HTTPS://DITU.AMAP.COM/regeo?lng=117.02&lat=36.66", "https://user@ditu.amap.com:443/regeo?lng=117.02&lat=36.66#x"),
    *("http://api.map.baidu.com/marker?location=36.66,117.02", "http://api.map.baidu.com/geocoder?location=36.66,117.02&coord_type=gcj02"),
    "http://api.map.baidu.com/direction?origin=latlng:36.1,117.9|name:a&destination=name:b|latlng:36.66,117.02&coord_type=wgs84",
    *("https://apis.map.qq.com/uri/v1/marker?marker=coord:36.66,117.02;title:x", "https://apis.map.qq.com/uri/v1/geocoder?coord=36.66,117.02&coord_type=1"),
    *("https://map.qq.com/?type=marker&pointx=117.02&pointy=36.66", "https://map.qq.com/?pointx=&pointy=36.66", "https://maps.apple.com/?ll=36.66,117.02&q=x"),
    *("https://maps.apple.com/place?coordinate=36.66,117.02", "【高德地图】泉城广场 https://uri.amap.com/marker?position=117.02,36.66，点开看", "https://maps.apple.com/?q=1&q=36.66,117.02"),
    *("https://surl.amap.com/4sWvdx1abc", "看这里：https://j.map.baidu.com/ab/c1D", "https://maps.apple/p/abcDEF", "https://map.baidu.com/@13026742,4364867,13z"),
    *("http://api.map.baidu.com/marker?location=4364867,13026742&coord_type=bd09mc", "http://api.map.baidu.com/marker?location=36.66,117.02&coord_type=bd09mc"),
    *("https://uri.amap.com/marker?position=2.35,48.85", "https://amap.com.example/?q=36.66,117.02", "http://[", "https://example.org/?ll=36.66,117.02", "https://notamap.com/?q=36.66,117.02"),
    *("https://maps.apple.com/directions?source=36.1,117.9&destination=36.66,117.02", "https://maps.apple.com/frame?center=36.66%2C117.02&span=0.01,0.01"),
    *("http://api.map.baidu.com/marker?location=36.66,117.02&coord_type=GCJ02", "http://api.map.baidu.com/marker?location=36.66,117.02&coord_type=BD09MC"),
    *("uri.amap.com/marker?position=117.02,36.66", "泉城广场maps.apple.com?ll=36.66,117.02", "surl.amap.com/abc", "not-amap.com/?q=36.66,117.02", "me@amap.com"),
    "https://uri.amap.com/marker?position=117.02%2C36.66&name=%E6%B3%89",
    *("【历下区供热服务站】 https://surl.amap.com/abc", "【高德地图】泉城广场，泺源大街 https://surl.amap.com/abc", "“https://surl.amap.com/abc”"),
    *("【历下区】 https://surl.amap.com/abc", "我的位置：历下区，泺源大街 https://surl.amap.com/abc", "【我的位置】历下 https://surl.amap.com/abc"),
)  # fmt: skip
_AROUND: tuple[dict[str, list[str]], ...] = (
    {},
    {"lon": ["117.1"], "lat": ["36.7"], "datum": ["gcj02"], "accuracy": ["30"], "by": ["q"]},
    {"lon": ["117.1"], "lat": ["36.7"]},
    {"district": ["370102"], "by": ["q"], "facility": ["wifi", "toilet"], "near": ["117.02,36.66"]},
    {"station": ["quancheng"], "by": ["q"], "kind": ["library"], "datum": ["bd09"]},
    {"datum": ["nonsense"], "by": ["station"]},
)


def by_server(sent: dict[str, list[str]]) -> object:
    form, is_lixia = select_location_fields(sent), {"历下", "历下区"}.__contains__
    meant = resolve_typed_words(sent, form, lambda text: ["370102"] * is_lixia(text), is_lixia)
    if meant is None and find_link_fault(form, load_language("en")):
        return "fault"
    return comparable(meant)


def comparable(meant: object) -> object:
    """Return the fields that are asked, numbers as numbers."""
    if not isinstance(meant, dict):
        return meant
    return {name: list(map(float, v)) if name in ("lon", "lat") else v for name, v in meant.items()}


def test_the_phone_reads_needs_coordinates_and_links_as_the_server_does() -> None:
    texts = [*_EVERY_WORD, *_NEEDS, *_WITH_PLACES, *_NAMES, *_POINTS, *_LINKS]
    asked = [
        {"q": [text], **around}
        for text in (*_NEEDS[:3], *_WITH_PLACES[:3], *_POINTS[:2], _LINKS[0], "泉城路")
        for around in _AROUND
    ]
    asked += [{"q": [text], "kind": ["library"]} for text in texts]
    queries = [urlencode(fields, doseq=True) for fields in asked]
    lixia = {"name": "历下区", "areas": "济南市", "count": 0, "lon": 117.03, "lat": 36.66}
    pack = {**packed(StationIndex.build([]), {}), "areas": {"370102": lixia}}
    (told,) = call_each(ON_THE_PHONE, "resolvedWords", [[pack, queries]])
    assert isinstance(told, list)
    phone = [comparable(parse_qs(one)) if one not in (None, "fault") else one for one in told]
    server = [by_server(fields) for fields in asked]
    wrong = {str(a): (b, c) for a, b, c in zip(asked, server, phone, strict=True) if b != c}
    assert not wrong
    assert {type(one) for one in server} == {dict, str, type(None)}


def test_the_pack_says_in_the_riders_language_why_a_link_is_refused() -> None:
    words = packed(StationIndex.build([]), {})["words"]["zh"]
    assert all(words[text] != text for text in NO_COORDINATES)


_AT = datetime(2026, 11, 20, 10, tzinfo=CIVIL_TIME)  # a Friday
_OPEN, _CLOSED = OpeningState.OPEN, OpeningState.CLOSED
_TEXTS = [
    (_OPEN, "2026-11-20T18:00", "Open until 18:00", "开到 18:00"),
    (_OPEN, "2026-11-21T00:00", "Open until 24:00", "开到 24:00"),
    (_OPEN, "2026-11-21T02:00", "Open until tomorrow 02:00", "开到 明天 02:00"),
    (_OPEN, "2026-11-22T00:00", "Open until tomorrow 24:00", "开到 明天 24:00"),
    (_OPEN, "2026-11-23T00:00", "Open until Sun 11/22 24:00", "开到 11月22日（周日） 24:00"),
    (_CLOSED, "2026-11-21T00:00", "Closed until tomorrow 00:00", "关着，明天 00:00 开"),
    (_CLOSED, "2026-11-23T09:00", "Closed until Mon 11/23 09:00", "关着，11月23日（周一） 09:00 开"),
    (_CLOSED, "2027-01-02T09:00", "Closed until Sat 1/2/2027 09:00", "关着，2027年1月2日（周六） 09:00 开"),
]


# A closed place whose hours are unknown from 13:30 on: it may open then, and surely opens later, or nobody knows when.
_DOUBTS = [
    (None, "Closed; whether it opens at 13:30 is not known: ask first", "关着；13:30 开不开不清楚，先问问"),
    (
        "2026-11-20T14:00",
        "Closed; it opens 14:00 for certain, perhaps from 13:30",
        "关着；14:00 一定开，13:30 起或许开",
    ),
    (
        "2026-11-23T08:30",
        "Closed; it may open from 13:30 and opens Mon 11/23 08:30 for certain",
        "关着；13:30 起或许开，11月23日（周一） 08:30 一定开",
    ),
]


def test_a_closed_place_opens_at_the_latest_when_that_is_sure_if_it_may_open_before() -> None:
    until = datetime.fromisoformat("2026-11-20T13:30+08:00")
    latest = [one and datetime.fromisoformat(f"{one}+08:00") for one, _, _ in _DOUBTS]
    openings = [Opening(_CLOSED, until, "", {}, one or None) for one in latest]
    told = {code: [_card_opening(one, code) for one in openings] for code in ("en", "zh")}
    assert told == {"en": [one[1] for one in _DOUBTS], "zh": [one[2] for one in _DOUBTS]}
    calls = [
        [{"state": "closed", "until": until.timestamp(), "opensAt": one and one.timestamp()}, _AT.timestamp()]
        for one in latest
    ]
    assert call_each(ON_THE_PHONE, "formatOpening", calls) == told["en"]


def _on_the_card(state: OpeningState, until: datetime, code: str) -> str:
    opening = Opening(state, until, "", {}, until if state is _CLOSED else None)
    return _card_opening(opening, code)


def _card_opening(opening: Opening, code: str, today: date | None = None) -> str:
    station = Station(id="a", name="站", kind=Kind.LIBRARY)
    return station_card(station, opening, _AT, load_language(code), today=today).opening


def test_what_ends_at_midnight_ends_at_24_and_another_day_has_its_weekday() -> None:
    asked = [(state, datetime.fromisoformat(f"{until}+08:00")) for state, until, _, _ in _TEXTS]
    english = [_on_the_card(*one, "en") for one in asked]
    assert english == [one[2] for one in _TEXTS]
    assert [_on_the_card(*one, "zh") for one in asked] == [one[3] for one in _TEXTS]
    calls = [
        [{"state": state.value, "until": t.timestamp(), "opensAt": t.timestamp()}, _AT.timestamp()]
        for state, t in asked
    ]
    assert call_each(ON_THE_PHONE, "formatOpening", calls) == english
    today = (_AT - timedelta(days=3)).date()
    opening = [Opening(state, t, "", {}, t if state is _CLOSED else None) for state, t in asked]
    dated = [_card_opening(one, "en", today) for one in opening]
    assert not any("tomorrow" in one for one in dated)
    assert call_each(ON_THE_PHONE, "formatOpening", [[*call, today.isoformat()] for call in calls]) == dated


_CALLED = {
    "0531-12345678": "tel:053112345678",
    "0531-12345678-801": "tel:053112345678",
    "0531-12345678转801": "tel:053112345678",
    "0531-8888 1234-12": "tel:053188881234",
    "0531-12345678 0531-87654321": "tel:053112345678",
    "053112345678-801": "tel:053112345678",
    "0531—12345678": "tel:053112345678",
    "(0531) 12345678": "tel:053112345678",
    "（0531）12345678轉801": "tel:053112345678",
    "+86 531-12345678-801": "tel:+8653112345678",
    "010-1234-5678": "tel:01012345678",
    "0531-12351": "tel:053112351",
    "400-123-4567": "tel:4001234567",
    "电话 12351": "tel:12351",
    "问保安": "",
    "××××-0102S001（示例）": "",
}


def test_a_card_calls_the_first_number_without_its_extension() -> None:
    assert {phone: format_tel_link(phone) for phone in _CALLED} == _CALLED
    assert call_each(ON_THE_PHONE, "formatTelLink", [[phone] for phone in _CALLED]) == list(_CALLED.values())


def test_a_way_of_an_hour_and_more_reads_as_hours() -> None:
    ways = [
        (0.3, "1 min", "1 分钟"),
        (59.4, "59 min", "59 分钟"),
        (60, "1 h", "1 小时"),
        (440, "7 h 20 min", "7 小时 20 分"),
    ]
    for code, column in (("en", 1), ("zh", 2)):
        assert [format_minutes(way[0], load_language(code)) for way in ways] == [way[column] for way in ways]
    on_the_phone = call_each(ON_THE_PHONE, "formatMinutes", [[way[0], "walk"] for way in ways])
    assert on_the_phone == [f"about {way[1]} on foot" for way in ways]
