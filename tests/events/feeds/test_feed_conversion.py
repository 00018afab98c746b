"""Every record becomes an event, is passed over, or is told with all that is wrong: nothing else."""

import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.faults import Fault, FaultError
from events.envelope import Event
from events.feeds.conversion import ConversionOutcome, Converted, Rejected, Skipped
from events.feeds.linting import parse_feed_mapping
from events.feeds.mapping import FeedMapping
from events.feeds.records import FeedRecord, parse_records, read_records
from events.feeds.values import JsonValue, iter_leaf_fields
from members import identify_member
from tests.events.feeds.conftest import Convert, converter_for
from tests.events.feeds.samples import (
    APP,
    KEY,
    ORGANISATION,
    PHONE,
    certificate,
    csv_of,
    id_number,
    joining,
    lines,
    survey,
)
from tests.profile import searched


def only(outcomes: list[ConversionOutcome]) -> ConversionOutcome:
    assert len(outcomes) == 1
    return outcomes[0]


def event_of(outcome: ConversionOutcome) -> Event:
    assert isinstance(outcome, Converted), outcome
    return outcome.event


def faults_of(outcome: ConversionOutcome) -> tuple[Fault, ...]:
    assert isinstance(outcome, Rejected), outcome
    return outcome.faults


def test_a_record_that_becomes_more_than_a_broker_takes_is_rejected(
    convert: Convert, table: FeedMapping
) -> None:
    """Each of its short numbers becomes a digest."""
    converter = converter_for(table)
    converter.people.members.add(identify_member(id_number(), KEY).member_id)
    row = certificate(1, 类别代码="02", 金额="1", 证书编号="1;" * 20_000)
    (fault,) = faults_of(only(convert(csv_of([row]), table, converter)))
    assert fault.code == "event.too_large"


def test_a_nested_record_becomes_a_typed_event(convert: Convert, app: FeedMapping) -> None:
    event = event_of(only(convert(lines(joining()), app)))
    assert (event.source, event.id, event.type) == ("https://aigonghui.example/feed", "1:1", "member.joined")
    assert event.occurred_at.isoformat() == "2026-03-01T01:00:00+00:00"
    assert event.payload.model_dump(mode="json", exclude_none=True) == {
        "organisation": ORGANISATION,
        "joined_on": "2026-03-01",
        "district": "370202",
        "trade": "外卖员",
        "birthday": "1990-01-01",  # follows from the ID number
        "honours": ["最美骑手"],
    }


def test_one_code_of_a_table_fills_two_fields(convert: Convert, app: FeedMapping, table: FeedMapping) -> None:
    converter = converter_for(table)
    member = event_of(only(convert(lines(joining()), app))).subject
    converter.people.members.add(member)
    event = event_of(only(convert(csv_of([certificate()]), table, converter)))
    assert (event.subject, event.id) == (member, "2026:A0001")
    assert event.occurred_at.isoformat() == "2026-04-02T02:30:00+00:00"  # local time, no zone written
    data = event.payload.model_dump(mode="json")
    assert (data["trade"], data["level"], data["certified_on"]) == ("电工", "高级工", "2026-04-01")


def test_all_faults_of_a_record_are_told_at_once(convert: Convert, app: FeedMapping) -> None:
    record = {"recordId": 7, "版本": "", "bizType": "CERT", "eventTimeMs": "昨天", "用户": {"openId": "u-9"}}
    faults = faults_of(only(convert(lines({**record, "详情": {"等级": "5"}}), app)))
    assert {fault.field for fault in faults} == {
        "版本", "eventTimeMs", "用户.openId", "详情.等级", "详情.证书号", "详情.发证日",
    }  # fmt: skip
    assert all(fault.row == 1 and fault.file == "f" and fault.remedy for fault in faults)


def test_what_the_event_itself_refuses_is_told_of_their_field(convert: Convert, app: FeedMapping) -> None:
    outcomes = convert(lines(joining(), survey(answers=99_999)), app)
    (fault,) = faults_of(outcomes[1])
    assert (fault.row, fault.field, fault.value) == (2, "详情.答题数", "99999")


def test_kinds_are_passed_over_only_where_the_mapping_says_so(convert: Convert, app: FeedMapping) -> None:
    login, other = convert(lines({"bizType": "LOGIN"}, {"bizType": "PAY"}), app)
    assert isinstance(login, Skipped)
    assert faults_of(other)[0].value == "PAY"


def test_fields_that_nobody_knows_are_told_once_and_stop_nothing(convert: Convert, app: FeedMapping) -> None:
    converter = converter_for(app)
    outcomes = convert(
        lines(joining(渠道="小程序"), survey(渠道="公众号", 详情={"问卷名称": "甲", "新": 1})), app, converter
    )
    assert all(isinstance(outcome, Converted) for outcome in outcomes)
    told = {fault.field: fault.params["count"] for fault in converter.unknown_fields.faults("f")}
    assert told == {"渠道": "2", "用户.证件.类型": "1", "详情.新": "1"}


def test_the_same_record_again_is_the_same_event(convert: Convert, app: FeedMapping) -> None:
    first, again = convert(lines(joining(), joining()), app)
    assert event_of(first) == event_of(again)
    assert isinstance(again, Converted)
    assert again.is_repeat


def test_one_number_with_two_contents_is_told_and_a_version_parts_them(
    convert: Convert, app: FeedMapping
) -> None:
    outcomes = convert(lines(joining(), survey(2), survey(2, answers=8), survey(2, answers=7, 版本=2)), app)
    assert [type(outcome) for outcome in outcomes] == [Converted, Converted, Rejected, Converted]
    (fault,) = faults_of(outcomes[2])
    assert (fault.row, fault.params["first"], fault.code) == (3, "2", "feed.changed")


def test_numbers_that_could_be_persons_stand_in_no_id(convert: Convert, app: FeedMapping) -> None:
    for number in (PHONE, int(PHONE), id_number(5), "a b", "é" * 300, "1:2"):
        id_ = event_of(only(convert(lines(joining(number)), app))).id
        assert re.fullmatch("x-[0-9a-f]{32}", id_)
        assert id_ == event_of(only(convert(lines(joining(number)), app))).id


def test_a_later_record_knows_whom_an_earlier_one_made_known(convert: Convert, app: FeedMapping) -> None:
    assert isinstance(only(convert(lines(survey()), app)), Rejected)
    joined, asked = convert(lines(joining(), survey()), app)
    assert event_of(joined).subject == event_of(asked).subject


def test_one_id_never_means_two_persons(convert: Convert, app: FeedMapping) -> None:
    other = joining(3, id_card=id_number(2))
    outcomes = convert(lines(joining(), other), app)
    assert "another member" in faults_of(outcomes[1])[0].message


@pytest.mark.parametrize("card", ["", "3702021990", id_number()[:-1] + "?"])
def test_a_broken_id_number_is_told_without_itself(card: str, convert: Convert, app: FeedMapping) -> None:
    record = joining(user="")
    record["用户"]["证件"]["号码"] = card  # type: ignore[index]
    faults = faults_of(only(convert(lines(record), app)))
    assert all(not card or card not in str(fault) for fault in faults)


PERSONAL = (id_number(77), PHONE, f"电话{PHONE}", f"证件 {id_number(77)[:6]} {id_number(77)[6:]}", int(PHONE))


def spoiled(record: dict[str, object]) -> Iterator[dict[str, object]]:
    """The record with a person's number in each of its fields in turn, and as a name of a field."""
    text = json.dumps(record, ensure_ascii=False)
    for path, value in iter_leaf_fields(json.loads(text)):
        old = json.dumps(value, ensure_ascii=False)
        name = json.dumps(path.rpartition(".")[2], ensure_ascii=False)
        for number in PERSONAL:
            new = text.replace(f"{name}: {old}", f"{name}: {json.dumps(number, ensure_ascii=False)}")
            yield json.loads(new)
            yield json.loads(text.replace(name, json.dumps(str(number), ensure_ascii=False)))


@pytest.mark.parametrize(
    "record",
    [joining(), survey(), survey(bizType="CERT", 详情={"等级": "3", "证书号": "S1", "发证日": "2026/4/1"})],
)
def test_no_number_of_a_person_comes_out_whichever_field_holds_it(
    record: dict[str, object], convert: Convert, app: FeedMapping
) -> None:
    rounds = 0
    for each in spoiled(record):
        converter = converter_for(app)
        outcomes = convert(lines(joining(900), each), app, converter)
        said = "".join(
            outcome.event.text if isinstance(outcome, Converted) else repr(outcome) for outcome in outcomes
        )
        said += repr(converter.unknown_fields.faults("f"))
        digits = re.sub(r"[\s-]", "", said)
        assert id_number(77) not in digits
        assert PHONE not in digits
        rounds += 1
    assert rounds > 40


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text(max_size=12)
    | st.decimals(allow_nan=False, allow_infinity=False)
)
_WORDS = st.sampled_from(
    ["JOIN", "SURVEY", "CERT", "LOGIN", "1", "骑手", ORGANISATION, "2026/4/1", "3", id_number(), PHONE]
)
_NAMES = st.sampled_from(
    ["recordId", "版本", "bizType", "eventTimeMs", "用户", "openId", "证件", "号码", "标签", "岗位", "单位", "名称", "详情", "等级", "荣誉"]
) | st.text(max_size=5)  # fmt: skip
_JSON: st.SearchStrategy[JsonValue] = st.recursive(
    _SCALARS | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5),
    max_leaves=25,
)  # type: ignore[assignment]


@st.composite
def nearly_good(draw: st.DrawFn) -> dict[str, JsonValue]:
    """A good record with some of its fields replaced by anything."""
    record: dict[str, JsonValue] = json.loads(json.dumps(draw(st.sampled_from([joining(), survey()]))))
    for name in draw(st.lists(st.sampled_from(sorted(record)), max_size=2)):
        record[name] = draw(_JSON)
    return record


@searched(100)
@given(contents=st.lists(nearly_good() | st.dictionaries(_NAMES, _JSON, max_size=6), max_size=4))
def test_converting_is_total_and_says_the_same_again(
    app: FeedMapping, contents: list[dict[str, JsonValue]]
) -> None:
    def all_of() -> list[ConversionOutcome]:
        converter = converter_for(app)
        records = [FeedRecord(n, content) for n, content in enumerate(contents, 1)]
        return [
            converter.convert(record, converter.people.read_reference(record.content)) for record in records
        ]

    first, again = all_of(), all_of()
    assert first == again
    for outcome in first:
        if isinstance(outcome, Rejected):
            assert outcome.faults
            assert all(
                fault.message.format_map({**fault.values, "value": "", "field": ""})
                for fault in outcome.faults
            )


@searched(100)
@given(
    content=st.binary(max_size=200)
    | st.text(max_size=120).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_line_is_read_or_told(app: FeedMapping, content: bytes) -> None:
    try:
        read = list(read_records(io.BytesIO(content), "f", app))
    except FaultError as error:
        assert error.faults
    else:
        assert all(isinstance(item, FeedRecord | Fault) for item in read)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"[1]", "no object"),
        (b'{"a": 1, "a": 2}', "stands twice"),  # which of the two?
        (b'{"a": NaN}', "NaN"),
        (b'{"a": }', "no valid JSON"),
        (b'{"a": 1e999999999999999999999}', "too large"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too deep"),
        (b'{"a": ' + b"1" * 5_000 + b"}", "too large"),
        (b"\xff\xff", "not UTF-8"),
    ],
)  # fmt: skip
def test_lines_that_are_no_records_are_told_and_the_others_go_on(
    line: bytes, words: str, convert: Convert, app: FeedMapping
) -> None:
    outcomes = convert(line + b"\n" + lines(joining()), app)
    message = faults_of(outcomes[0])[0].message
    assert words.replace("too deep", "too deeply") in message
    assert isinstance(outcomes[1], Converted)


def test_json_that_is_none_is_told_by_its_place_without_what_stands_there(
    convert: Convert, app: FeedMapping
) -> None:
    content = lines(joining()) + b'{"recordId": 9, ' + id_number(7).encode() + b'}\n{"recordId": 9\n'
    (fault,), (torn,) = (faults_of(outcome) for outcome in convert(content, app)[1:])
    assert (fault.row, fault.value, torn.value) == (2, "2:17", "3:15")
    assert id_number(7)[:6] not in repr(fault)


class EndlessLine(io.RawIOBase):
    """A line of 100 MB and a good one after it, made as they are read; notes the most that was asked for at once."""

    def __init__(self) -> None:
        self.left, self.rest, self.most = 100_000_000, io.BytesIO(b"\n" + lines(joining())), 0

    def readline(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size > 0, "a whole line was asked for"
        self.most = max(self.most, size)
        if not self.left:
            return self.rest.readline(size)
        part = min(size, self.left)
        self.left -= part
        return b"x" * part if self.left else b"x" * (part - 1) + b"\n"


def test_a_line_of_100_mb_is_told_and_never_held(app: FeedMapping) -> None:
    file = EndlessLine()
    long, good = list(read_records(file, "f", app))  # type: ignore[arg-type]
    assert isinstance(long, Fault)
    assert long.row == 1
    assert isinstance(good, FeedRecord)
    assert file.most < 2_000_000


@pytest.mark.parametrize("content", [b"", b"  \n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told(content: bytes, app: FeedMapping, table: FeedMapping) -> None:
    for mapping in (app, table):
        with pytest.raises(FaultError):
            list(read_records(io.BytesIO(content), "f", mapping))


def test_a_list_within_an_object_is_found_where_the_mapping_says(convert: Convert) -> None:
    mapping = parse_feed_mapping("m", APP.replace("format: jsonl", "format: json\nrecords: 结果.列表"))
    content = json.dumps({"结果": {"列表": [joining(), survey()]}}, ensure_ascii=False).encode()
    assert [type(outcome) for outcome in convert(content, mapping)] == [Converted, Converted]
    with pytest.raises(FaultError):
        convert(b'{"data": []}', mapping)


def test_tables_keep_their_rows_and_ragged_ones_are_told(convert: Convert, table: FeedMapping) -> None:
    content = csv_of([certificate(1), certificate(2)]) + b"2026,A3\r\n"
    outcomes = convert(content, table)
    assert [outcome.row for outcome in outcomes] == [2, 3, 4]
    assert "cells" in faults_of(outcomes[2])[0].message


def test_keys_of_other_houses_make_other_hashes(convert: Convert, app: FeedMapping) -> None:
    converter = converter_for(app)
    converter.people.key = bytes(reversed(KEY)) + b"!"
    assert (
        event_of(only(convert(lines(joining()), app, converter))).subject
        != event_of(only(convert(lines(joining()), app))).subject
    )


def test_exact_numbers_stay_exact(convert: Convert, table: FeedMapping, tmp_path: Path) -> None:
    text = csv_of([certificate(1, 类别代码="02", 金额="￥0.29", 证书编号="甲;乙")])
    converter = converter_for(table)
    converter.people.members.add(
        converter.people.read_reference({"身份证号": id_number()}).identity.member_id
    )  # type: ignore[union-attr]
    data = event_of(only(convert(text, table, converter))).payload.model_dump()
    assert data["amount_fen"] == 29
    assert len(data["attachments"]) == 2
    assert Decimal("0.29") * 100 == 29


def test_a_body_is_read_by_its_bytes_and_never_with_characters_replaced(app: FeedMapping) -> None:
    body = '[{"姓名": "张三", "工种": "外卖员", "站点": "历下区泉城路驿站"}]'
    for encoding in ("utf-8", "gbk"):
        (record,) = parse_records(body.encode(encoding), app.model_copy(update={"records": None}))
        assert isinstance(record, FeedRecord) and record.content["站点"] == "历下区泉城路驿站"
    with pytest.raises(FaultError):
        parse_records(body.encode() + b"\xff\xff", app.model_copy(update={"records": None}))
