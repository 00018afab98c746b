"""What a person can't see, what is merged, and what is no thing, in workbooks of both kinds."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from core.faults import FaultError
from core.sheets.listed_rows import (
    HiddenRows,
    ListedThings,
    is_label,
    is_title,
    is_total_or_note,
    select_listed_rows,
)
from core.sheets.table import Row, Table
from geo.formats.files import read_table
from tests.core.sheets.sheets import WRITERS, SheetContent, xls, xlsx
from tests.profile import searched
from tests.yihui.refusals import faults_of

HEAD = ["区县", "姓名", "账号", "备注"]
PERSONS = ListedThings(("账号",), ("姓名",))
both_kinds = pytest.mark.parametrize(("file", "write"), WRITERS)
Write = Callable[[SheetContent], bytes]


def persons(count: int = 4) -> list[list[str | None]]:
    return [["历下区", f"示例{n}", f"6200000{n}", None] for n in range(1, count + 1)]


def kept(file: str, content: bytes, hidden: HiddenRows = HiddenRows.TAKE) -> Table:
    return select_listed_rows(read_table(content, file), PERSONS, hidden)


def noted(table: Table) -> list[tuple[str, int | None, str | None]]:
    return [(note.code, note.row, note.value) for note in table.notes]


@both_kinds
def test_hidden_rows_are_refused_taken_or_left_and_named_by_number(file: str, write: Write) -> None:
    content = write(SheetContent([HEAD, *persons()], hidden_rows=[2], flat_rows=[3]))
    refused = kept(file, content, HiddenRows.REFUSE)
    assert [(fault.code, fault.value) for fault in refused.faults] == [("table.hidden_rows", "3–4")]
    assert [row.number for row in refused.rows] == [2, 5]
    taken = kept(file, content, HiddenRows.TAKE)
    assert [row.number for row in taken.rows] == [2, 3, 4, 5]
    assert noted(taken) == [("table.hidden_rows.taken", None, "3–4")]
    left = kept(file, content, HiddenRows.LEAVE)
    assert [row.number for row in left.rows] == [2, 5]
    assert noted(left) == [("table.hidden_rows.left", None, "3–4")] and not left.faults


@both_kinds
def test_a_hidden_column_that_identifies_is_refused_and_another_one_noted(file: str, write: Write) -> None:
    hidden_account = write(SheetContent([HEAD, *persons()], hidden_columns=[2]))
    (fault,) = faults_of(kept, file, hidden_account, HiddenRows.REFUSE)
    assert (fault.code, fault.field, fault.params["letters"]) == ("table.hidden_column", "账号", "C")
    assert kept(file, hidden_account, HiddenRows.TAKE).rows[0].cells["账号"] == "62000001"
    left = kept(file, hidden_account, HiddenRows.LEAVE)
    assert "账号" not in {*left.headers, *left.rows[0].cells} and noted(left) == [
        ("table.hidden_column.left", None, None)
    ]
    hidden_district = kept(
        file, write(SheetContent([HEAD, *persons()], hidden_columns=[0])), HiddenRows.REFUSE
    )
    assert len(hidden_district.rows) == 4 and not hidden_district.faults
    assert noted(hidden_district) == [("table.hidden_column.taken", None, None)]


@both_kinds
def test_a_merged_account_or_name_is_refused_by_row_and_a_district_is_filled_down(
    file: str, write: Write
) -> None:
    rows = persons()
    for covered in ((2, 0), (3, 0), (2, 1), (4, 2)):
        rows[covered[0] - 1][covered[1]] = None
    table = kept(file, write(SheetContent([HEAD, *rows], merged=[(1, 0, 3, 0), (1, 1, 2, 1), (3, 2, 4, 2)])))
    assert [(fault.code, fault.row, fault.field, fault.params["above"]) for fault in table.faults] == [
        ("table.merged", 3, "姓名", "2"),
        ("table.merged", 5, "账号", "4"),
    ]
    assert [(row.number, row.cells["区县"]) for row in table.rows] == [(2, "历下区"), (4, "历下区")]


@both_kinds
def test_a_cell_covered_from_the_left_is_empty_and_named_though_a_text_lies_beneath(
    file: str, write: Write
) -> None:
    rows = [["地址", "区县", "账号"], ["甲路1号", "看不见", "1"], ["乙路2号", "市中区", "2"]]
    table = kept(file, write(SheetContent(rows, merged=[(1, 0, 1, 1)])))
    assert [(row.cells["区县"], row.cells["账号"]) for row in table.rows] == [("", "1"), ("市中区", "2")]
    assert [(note.code, note.row, note.field) for note in table.notes] == [
        ("worksheet.covered_across", 2, "区县")
    ]


@both_kinds
def test_titles_of_several_cells_and_merged_notes_are_no_rows(file: str, write: Write) -> None:
    rows = [
        ["济南市会员名册（2026年）", None, None, None],
        ["填报单位：市总工会", None, None, "单位：人"],
        ["填報日期", "2026-10-01", None, None],
        HEAD,
        *persons(2),
        ["小　计", None, None, "2人"],
        [None, "合計（２人）", None, None],
        ["备注：以上均为示例", None, None, None],
        ["制表人：张三", None, "审核人：李四", None],
        ["制表人：", "张三", "李四", None],
    ]
    table = kept(file, write(SheetContent(rows, merged=[(0, 0, 0, 3), (8, 0, 8, 3)])))
    assert [row.number for row in table.rows] == [5, 6] and not table.faults
    assert [row for code, row, _ in noted(table) if code == "table.title"] == [1, 2, 3]
    assert [row for code, row, _ in noted(table) if code == "table.total"] == [7, 8, 9, 10, 11]


@pytest.mark.parametrize(
    "title",
    [
        ["填报单位：", "市总工会", None, "填报日期：", "2026-11-01"],
        ["填报单位：", None, "填报日期：", "2026-11-01"],
        ["制表单位：", "市总", "日期：", "2026-11-01", "共几页：", "1"],
        ["济南市总工会", "2026年11月1日"],
        ["济南市总工会", None, "单位：人"],
        ["山东省总工会", "会员实名制采集表", None, None, "（样表）"],
    ],
)
@both_kinds
def test_a_title_of_labels_or_of_a_few_texts_is_none_of_the_columns(
    file: str, write: Write, title: list[str | None]
) -> None:
    wide = [[*row, None, None, "甲", "乙"] for row in [HEAD, *persons(2)]]
    wide[0][4:6] = ["地址", "电话"]
    table = kept(file, write(SheetContent([title, *wide])))
    assert table.headers[: len(HEAD)] == tuple(HEAD) and [row.number for row in table.rows] == [3, 4]
    assert [row for code, row, _ in noted(table) if code == "table.title"] == [1]


def test_headers_with_colons_and_groups_of_columns_stay_headers() -> None:
    assert not is_title(["姓名：", "电话：", "地址："], 3), "labels without a text"
    assert not is_title(["姓名", "电话", "日期：", "备注"], 5)


def test_numbers_of_columns_and_hints_below_the_headers_are_no_things() -> None:
    headers = ["序号", "姓名", "证件号码", "手机号", "入会时间"]
    marks = ("证件号码", "手机号")

    def is_aside(*texts: str) -> bool:
        return is_total_or_note(Row(2, dict(zip(headers, texts, strict=True))), marks)

    assert is_aside("1", "２", "3", "4", "5")
    assert is_aside("", "（必填）", "(18位)", "", "【yyyy-mm-dd】")
    assert not is_aside("1", "2", "3", "4", "6") and not is_aside("", "", "(18位)", "", "2020")
    assert not is_total_or_note(Row(2, {"编号": "1", "人数": "2", "床位": "3"}), ("编号",)), (
        "figures of a thing"
    )


LABELS = [
    "合计",
    "總計",
    "小 计",
    "合计：",
    "共3处",
    "ＴＯＴＡＬ",
    "備註：示例",
    "【说明】",
    "填报单位：某工会",
    "审核人：",
    "附：数据截至10月",
    "第 1 页 共 3 页",
    "填表人签字：",
    "负责人（签字）",
    "大写：壹仟伍佰元整",
    "人民币大写",
]
NAMES = ["合计驿站", "总计路站", "备注驿站", "说明路驿站", "共青团驿站", "统计局驿站", "单位食堂"]


@pytest.mark.parametrize("label", LABELS)
def test_a_label_is_no_thing_unless_the_row_has_a_mark(label: str) -> None:
    cells = {"编号": "", "名称": label, "经度": "", "电话": ""}
    marks = ("编号", "经度", "电话")
    assert is_total_or_note(Row(9, cells), marks)
    assert is_total_or_note(Row(9, {**cells, "编号": label}), marks), "the label may stand under a mark"
    assert not is_total_or_note(Row(9, {**cells, "电话": "0531-82345678"}), marks)


def test_a_sum_may_stand_under_a_mark_beside_figures_alone() -> None:
    total = {"姓名": "合計", "手机号": "２", "金额": "1,000.00"}
    assert is_total_or_note(Row(9, total), ("手机号",))
    assert not is_total_or_note(Row(9, {**total, "金额": "张三"}), ("手机号",))
    assert not is_total_or_note(Row(9, {**total, "姓名": "甲"}), ("手机号",))
    assert not is_total_or_note(Row(9, {**total, "手机号": "13900010001"}), ("手机号",))


SENTENCES = [
    "以上人员均已核实，请审阅。",
    "以上数据由区总工会提供",
    "本表一式两份",
    "名单如有变动;请在10月前上报",
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_alone_in_its_row_is_no_thing(sentence: str) -> None:
    cells = {"序号": sentence, "姓名": "", "账号": "", "地址": ""}
    assert PERSONS.is_aside(Row(9, cells))
    assert PERSONS.is_aside(Row(9, {**cells, "序号": "", "姓名": sentence}))
    assert PERSONS.is_aside(Row(9, {**cells, "序号": "", "账号": sentence}))
    assert not PERSONS.is_aside(Row(9, {**cells, "姓名": "张三"}))
    assert not PERSONS.is_aside(Row(9, {**cells, "账号": "62000001"}))
    assert not PERSONS.is_aside(Row(9, {**cells, "序号": "", "地址": sentence})), "an address"
    assert not PERSONS.is_aside(Row(9, {"地址": sentence, "名称": ""})), "two columns tell too little"


@pytest.mark.parametrize("name", NAMES)
def test_a_place_whose_name_only_begins_as_a_label_stays(name: str) -> None:
    assert not is_total_or_note(Row(9, {"名称": name, "经度": "", "地址": "某路1号"}), ("经度",))
    assert not ListedThings(("经度",), ("名称",)).is_aside(Row(9, {"名称": name, "经度": "", "地址": ""}))
    assert not is_label(name)


def test_a_remark_in_the_first_column_is_none_of_the_list_and_a_repeated_header_is_no_thing() -> None:
    assert not is_total_or_note(Row(2, {"备注": "说明：周末不开", "名称": "甲驿站"}), ())
    assert is_total_or_note(Row(3, {"名称": "", "备注": "备注：数据截至10月"}), ())
    assert not is_total_or_note(Row(3, {"名称": "", "备注": "周末不开"}), ())
    assert is_total_or_note(Row(40, {"编号": "编 号", "名称": "名称", "电话": ""}), ("编号",))


def test_a_sheet_that_can_be_locked_or_is_a_page_is_refused_in_words() -> None:
    page = "\ufeff\r\n<html><table><tr><td>名称</td></tr></table>"
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        assert [f.code for f in faults_of(read_table, page.encode(encoding), "a.xls")] == ["file.page"]
    assert [f.code for f in faults_of(read_table, b"<?xml version='1.0'?><kml>", "a.kml")] == [
        "file.other_layer"
    ]
    book = xlwt.Workbook()
    book.add_sheet("甲").write(0, 0, "x")
    book.protect = True
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(FaultError):
        read_table(out.getvalue()[:600], "a.xls")


@st.composite
def sheets(draw: st.DrawFn) -> SheetContent:
    texts = st.sampled_from(["甲", "合计", "备注：x", "1", "２", None, 3.5, 370102, True])
    rows = [[draw(texts) for _ in range(3)] for _ in range(draw(st.integers(1, 6)))]
    numbers = st.lists(st.integers(1, len(rows)), max_size=2, unique=True)
    content = SheetContent([["区县", "姓名", "账号"], *rows], draw(numbers))
    return replace(content, hidden_columns=draw(st.lists(st.integers(0, 2), max_size=1)))


@searched(60)
@given(sheets())
def test_both_kinds_of_workbooks_are_read_alike(content: SheetContent) -> None:
    def read(file: str, of: bytes) -> object:
        try:
            table = read_table(of, file)
        except FaultError as error:
            return [fault.code for fault in error.faults]
        return table.headers, table.rows, [note.code for note in table.notes], dict(table.hidden_columns)

    assert read("a.xlsx", xlsx(content)) == read("a.xls", xls(content))
