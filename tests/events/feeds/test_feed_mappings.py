"""Mapping files, and values read by them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.civil_time import CIVIL_TIME
from core.faults import Fault, FaultError
from events.feeds.linting import check_feed_mapping, parse_feed_mapping
from events.feeds.moments import is_time_format, parse_feed_day, parse_feed_instant, parse_time_zone
from events.feeds.values import (
    JsonValue,
    NameDirectory,
    ValueContext,
    find_field_value,
    iter_leaf_fields,
    parse_field_value,
    path_covers,
    scalar_text,
)
from tests.events.feeds.samples import APP, TABLE


def codes(text: str) -> dict[str, tuple[int, int]]:
    return {found.short_code: (found.row, found.column) for found in check_feed_mapping("m.yaml", text)[1]}


@pytest.mark.parametrize("text", [APP, TABLE], ids=["app", "table"])
def test_a_good_mapping_has_no_findings(text: str) -> None:
    assert check_feed_mapping("m.yaml", text)[1] == ()


@pytest.mark.parametrize("name", ["app", "table"])
def test_the_templates_that_are_shipped_are_good_mappings(name: str) -> None:
    text = files("yihui").joinpath("feed_templates", f"{name}.yaml").read_text("utf-8")
    assert check_feed_mapping(name, text)[1] == ()


# What is written in place of what, and the code of the finding, which stands where the fault is.
FAULTY = [
    ("feed: zibo-aigonghui", "feed: 爱工惠", "string-pattern-mismatch"),
    ("source: https://aigonghui.example/feed", "source: a b", "string-pattern-mismatch"),
    ("format: jsonl", "format: xml", "literal-error"),
    ("bizType\nskip", "bizType\nskipp", "unknown-key"),  # a misspelt key would have no effect
    ("about: {user: 用户.openId, id_number: 用户.证件.号码}", "about: {}", "nobody"),
    ("format: epoch_ms}\nkind", "format: YYYY-MM-DD HH:mm}\nkind", "no-zone"),  # where does that clock hang?
    ("format: epoch_ms}\nkind", "format: YYYY-MM}\nkind", "no-such-format"),  # no day in it
    ("format: epoch_ms}\nkind", "format: iso, zone: Asia/Jinan}\nkind", "no-such-zone"),
    ("kind: bizType\n", "", "no-kind"),  # when: names words of no field
    ("skip: [LOGIN]", "skip: [CERT]", "two-meanings"),
    ("type: poll.completed", "type: poll.complete", "unknown-name"),
    ("type: poll.completed", "type: benefit.granted", "unknown-name"),  # that is for us to say
    ("poll: 详情.问卷名称,", "", "unfilled"),
    ("answers: 详情.答题数", "answer: 详情.答题数", "unknown-name"),
    ('"3": 高级工', '"3": 三级', "unfit-value"),  # no level of ours
    ("{value: 电工}", "{value: 电工, from: 工种}", "unfit"),  # which of the two?
    ("trade: {value: 电工}", "trade: {from: 工种, as: yuan}", "unfit-kind"),
    ("trade: {value: 电工}", "trade: {from: 工种, split: 、}", "unfit-split"),
    ("trade: {value: 电工}", "trade: {from: 工种, format: iso}", "unfit-format"),
    ("trade: {value: 电工}", "trade: 用户.证件.号码", "id-of-person"),
    ("id: recordId", "id: 用户.证件.号码", "id-of-person"),
    ("用户.手机", "用户.openId", "dropped-and-used"),
    ("用户.姓名, 用户.手机", "用户.手机, 用户.手机.号", "dropped-twice"),
    ("skip: [LOGIN]", "skip: [LOGIN]\nrecords: 列表", "unfit"),  # lines are no list in a field
    ("skip: [LOGIN]", "skip: [LOGIN", "not-yaml"),
    (APP, "", "empty-file"),
    (APP, "- 1", "not-a-mapping"),
]


@pytest.mark.parametrize(
    ("before", "after", "code"), FAULTY, ids=[f"{f[2]}-{n}" for n, f in enumerate(FAULTY)]
)
def test_each_fault_is_told_with_its_place_and_a_remedy(before: str, after: str, code: str) -> None:
    assert before in APP
    text = APP.replace(before, after, 1)
    findings = [found for found in check_feed_mapping("m.yaml", text)[1] if found.short_code == code]
    assert len(findings) >= 1
    found = findings[0]
    assert found.file == "m.yaml"
    assert found.remedy
    if code not in ("empty-file", "not-a-mapping", "not-yaml", "no-kind"):
        changed = next(
            n
            for n, pair in enumerate(zip(APP.splitlines(), text.splitlines(), strict=False), 1)
            if pair[0] != pair[1]
        )
        assert abs(found.row - changed) <= 2
    assert "rule" not in str(found)  # officers' words for rules don't fit here


def test_an_amount_must_say_whether_it_is_yuan_or_fen() -> None:
    assert "yuan-or-fen" in codes(TABLE.replace("{from: 金额, as: yuan}", "金额"))


def test_a_faulty_mapping_is_never_used_and_all_of_its_faults_are_told() -> None:
    text = APP.replace("poll.completed", "poll.complete").replace('"3": 高级工', '"3": 三级')
    with pytest.raises(FaultError) as raised:
        parse_feed_mapping("m.yaml", text)
    assert {found.short_code for found in raised.value.faults} == {"unknown-name", "unfit-value"}


def test_a_warning_alone_keeps_nobody_from_using_a_mapping() -> None:
    text = APP.replace("drop: [用户.姓名,", "drop: [用户.姓名, 设备.型号,")
    assert codes(text) == {"dropped-twice": (31, 15)}
    assert parse_feed_mapping("m.yaml", text).feed == "zibo-aigonghui"


NAMES = NameDirectory(
    {"某某公司工会": ("370202001-00017",), "同名工会": ("370202001", "370203001")}, {"历下区": ("370102",)}
)
READING = ValueContext(NAMES, b"k" * 32)


@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        ("12.50", "yuan", 1250),
        ("-3", "yuan", -300),  # the field's own bounds refuse it
        ("0.005", "yuan", None),  # half a fen
        ("9" * 15, "yuan", None),  # more money than there is
        ("1250", "fen", 1250),
        ("1,250", "fen", 1250),
        ("1,5", "integer", None),
        ("12.5", "fen", None),
        ("80", "integer", 80),
        ("80.0", "integer", 80),  # how spreadsheets write whole numbers
        ("８０", "integer", 80),
        ("80.5", "integer", None),
        ("八十", "integer", None),
        ("是", "yes_no", True),
        ("TRUE", "yes_no", True),
        ("0", "yes_no", False),
        ("也许", "yes_no", None),
        ("370202", "organisation", "370202"),
        ("某某公司 工会", "organisation", "370202001-00017"),
        ("同名工会", "organisation", None),  # which of the two?
        ("别的工会", "organisation", None),
        ("370102001003", "district", "370102"),  # the township's digits behind
        ("历下区", "district", "370102"),
        ("37010", "district", None),
        ("H-12", "pseudonym", "H-12"),  # an id as on rolls
        ("sha256:" + "a" * 64, "digest", "sha256:" + "a" * 64),
    ],
)  # fmt: skip
def test_values_are_read_or_told(text: str, kind: str, wanted: object) -> None:
    value = parse_field_value(text, kind, READING)  # type: ignore[arg-type]
    if wanted is None:
        assert isinstance(value, Fault)
        assert value.remedy
    else:
        assert value == wanted


def test_names_and_certificates_become_keyed_hashes() -> None:
    digest, other_key = (
        parse_field_value("S01", "digest", READING),
        parse_field_value("S01", "digest", ValueContext(NAMES, b"o" * 32)),
    )
    assert str(digest).startswith("sha256:")
    assert digest != other_key  # without the key nobody can try all numbers
    assert str(parse_field_value("张三户", "pseudonym", READING)).startswith("p-")
    assert "13912345678" not in str(parse_field_value("13912345678", "pseudonym", READING))


SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "format", "zone", "wanted"),
    [
        ("1777608000000", "epoch_ms", None, NOON),
        ("1777608000", "epoch_s", None, NOON),
        ("1777608000", "epoch_ms", None, None),  # seconds, taken for thousandths: 1970
        ("1777608000000", "epoch_s", None, None),  # the year 58300
        ("2026-05-01T12:00:00+08:00", "iso", None, NOON),
        ("2026-05-01T12:00:00", "iso", None, None),  # nobody says where the clock hangs
        ("2026-05-01T12:00:00", "iso", SHANGHAI, NOON),
        ("2026/5/1 12:00", "YYYY/MM/DD HH:mm", SHANGHAI, NOON),
        ("20260501120000", "YYYYMMDDHHmmss", SHANGHAI, NOON),
        ("2026年5月1日12时", "YYYY年MM月DD日HH时", SHANGHAI, NOON),
        ("2026/5/1 24:00", "YYYY/MM/DD HH:mm", SHANGHAI, None),
        ("2026/2/30 12:00", "YYYY/MM/DD HH:mm", SHANGHAI, None),
        ("0001-01-01T00:00:00+14:00", "iso", None, None),  # before the first day there is in UTC
        ("", "iso", SHANGHAI, None),
    ],
)
def test_instants_are_read_in_their_zone_or_not_at_all(
    text: str, format: str, zone: ZoneInfo | None, wanted: datetime | None
) -> None:
    assert parse_feed_instant(text, format, zone) == wanted


@pytest.mark.parametrize(
    ("text", "format", "wanted"),
    [
        ("2026.4.1", None, date(2026, 4, 1)),
        ("2026-03-31T23:00:00+00:00", None, date(2026, 4, 1)),  # the day in Shanghai
        ("1775000000000", "epoch_ms", date(2026, 4, 1)),
        ("01/04/2026", "DD/MM/YYYY", date(2026, 4, 1)),
        ("2026-02-30", None, None),
    ],
)
def test_days_are_read_as_offices_write_them(text: str, format: str | None, wanted: date | None) -> None:
    assert parse_feed_day(text, format) == wanted


@settings(deadline=None, derandomize=True)
@given(moment=st.datetimes(datetime(2000, 1, 2), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_what_is_written_in_a_format_is_read_again(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=CIVIL_TIME)
    for format, written in (
        ("YYYY-MM-DD HH:mm:ss", moment.strftime("%Y-%m-%d %H:%M:%S")),
        ("YYYYMMDDHHmmss", moment.strftime("%Y%m%d%H%M%S")),
        ("epoch_ms", str(int(moment.timestamp()) * 1000)),
    ):
        assert parse_feed_instant(written, format, CIVIL_TIME) == moment


@settings(deadline=None, derandomize=True)
@given(text=st.text(max_size=40), format=st.sampled_from([None, "iso", "epoch_ms", "YYYY-MM-DD", "YYYYMMDD"]))
def test_no_text_breaks_a_reader_of_days(text: str, format: str | None) -> None:
    parse_feed_day(text, format)
    parse_feed_instant(text, format or "iso", SHANGHAI)


def test_formats_and_zones_that_make_no_sense_are_known_as_such() -> None:
    assert [is_time_format(text) for text in ("YYYY-MM-DD", "YYYY-MM", "YYYY-MM-DD YYYY", "dd.MM.YYYY", "iso")] == [
        True, False, False, False, True,
    ]  # fmt: skip
    assert parse_time_zone("+08:00") is not None
    assert parse_time_zone("Mars/Base") is None
    assert parse_time_zone("../etc/passwd") is None


def test_paths_find_what_stands_there() -> None:
    record: JsonValue = {"a": {"b": [{"c": 1}, {"c": 2}, {}]}, "x.y": 3, "n": Decimal("1.50")}
    assert find_field_value(record, "a.b.1.c") == 2
    assert find_field_value(record, "a.b.*.c") == [1, 2]
    assert find_field_value(record, "x.y") == 3  # a name with a dot in it
    assert find_field_value(record, "a.z.c") is None
    assert scalar_text(find_field_value(record, "n")) == "1.50"
    assert [path for path, _ in iter_leaf_fields(record)] == ["a.b.*.c", "a.b.*.c", "x.y", "n"]
    assert path_covers("a.b.0.c", "a.b.*.c")
    assert path_covers("a", "a.b.*.c")
    assert not path_covers("a.b.*.cc", "a.b.*.c")
