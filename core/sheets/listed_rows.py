"""Keep the rows of a table that list things: no titles and totals, nothing hidden unless it is taken, nothing merged."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from core.faults import Fault, raise_faults
from core.sheets.table import TABLE_FAULTS, Row, Table, format_rows, plain_cell

TITLES_LIMIT = 5  # rows above a header
_COUNT = (
    r"[0-9零〇一二三四五六七八九十百千,.]+"
    r"(?:[处个座所家间条项人名户笔份张元次]|万元)(?:驿站|站点|站|会员|职工)?|[0-9,.]+(?:stations?|sites?|members?)"
)
_TOTAL = r"[合总小共累]计|汇总|总(?:[和数额]|笔数|金额|人数|户数)|合计数"
_TOTALS = re.compile(_TOTAL)
_SMALL = re.compile(r"[0-9]{1,4}")  # a sum under a column of ids or phones
_FIGURES = re.compile(rf"[0-9,.%/¥-]*|{_COUNT}")
# 全市合计, 本页小计, 合计(1处), 共1处, Grand total
_TOTALS_IN_WORDS = re.compile(
    rf"(?:.{{0,8}}(?:{_TOTAL})|(?:grand|sub)?-?totals?)\(?共?(?:{_COUNT}|[0-9,.]*)\)?"
    rf"|.{{0,8}}共[有计]?(?:驿站|站点|会员|职工)?(?:{_COUNT})"
)
_NOTE = (
    r"备注|附?注|说明|[填制]表说明|填报说明|注意(?:事项)?|数据来源|资料来源|notes?|remarks?|"
    r"(?:(?:填报|填表|制表|报送|上报|报表|编制)(?:单位|部门|人员?|日期|时间)|制表|(?:审核|审批|复核|经办|责任|负责|联系)人)"
    r"(?:\(?(?:签字|签名|盖章)\)?)?|(?:金额|人民币)?\(?大写\)?|"
    r"第[0-9]+页(?:[,/]?共[0-9]+页)?|(?:单位|部门|工会)负责人|统计(?:日期|时间)|截止(?:日期|时间)|单位\(?(?:盖章|公章)\)?|\(?(?:盖章|公章|签字|签章)\)?"
)
_NOTES = re.compile(rf"[(\[【]?(?:{_NOTE})[)\]】]?")
_NOTES_WITH_TEXT = re.compile(
    rf"[(\[【]?(?:{_NOTE}|附[件表]?|日期|单位|联系电话|{_TOTAL})[0-9一二三四五六七八九十]{{0,2}}[)\]】:.、].*",
    re.DOTALL,
)
_TITLES = re.compile(
    r".{1,12}:.*|附[件表]?[0-9一二三四五六七八九十]*|[0-9]{4}年.{0,8}|[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}"
    r"|第?[0-9]+/?[0-9]*页|.{2,}(?:表|名册|名单|清单|台账|明细|一览|统计)(?:\(.*\))?",
    re.DOTALL,
)

_HINT = re.compile(r"[(\[【].*[)\]】]", re.DOTALL)  # (必填), (18位)
_LEAST_NUMBERED = 5  # columns below whose headers 1, 2, 3 … number the columns and are no row
_SENTENCE = re.compile(r"(?:以上|上述|以下|本表|此表|该表|本页|特此).+|(?=.*[㐀-鿿]).*[,;!?。].*", re.DOTALL)
_LEAST_COLUMNS = 3  # of a table in which a text alone in its row is suspicious


class HiddenRows(StrEnum):
    """What becomes of a workbook's hidden rows and columns: they are refused until one of the others is chosen."""

    REFUSE = "refuse"
    TAKE = "take"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class ListedThings:
    """What a table lists, by headers: ``marks`` are points, ids, accounts, ID numbers and phones; ``names`` are names.

    A row without marks may be a total, unless the list ``has_totals`` as entries. None of them holds for several rows.
    """

    marks: Collection[str | None]
    names: Collection[str | None] = ()
    has_totals: bool = False

    def is_aside(self, row: Row) -> bool:
        """Return whether a row lists no thing."""
        if self.has_totals:
            return False
        return is_total_or_note(row, self.marks) or is_sentence(row, {*self.marks, *self.names})

    def find_merged(self, row: Row) -> Fault | None:
        """Return the fault of a row whose marks or names are cells merged over several rows."""
        merged = {
            header: above for header, above in row.covered.items() if header in {*self.marks, *self.names}
        }
        if not merged:
            return None
        field, above = "、".join(merged), min(merged.values())
        return TABLE_FAULTS.build("merged", row=row.number, field=field, above=above)


def select_listed_rows(table: Table, things: ListedThings, hidden: HiddenRows = HiddenRows.TAKE) -> Table:
    """Return a table with the rows that list things; its notes and faults name the others by number.

    *Raises*: FaultError if hidden columns of marks and names are refused.
    """
    table = _settle_columns(table, things, hidden)
    rows, asides, unseen, doubtful = [], [], [], []
    for row in table.rows:
        if things.is_aside(row):
            asides.append(aside_note(row, table.file))
        elif row.is_hidden and hidden is not HiddenRows.TAKE:
            unseen.append(row.number)
        elif merged := things.find_merged(row):
            doubtful.append(merged.at(file=table.file))
        else:
            rows.append(row)
            unseen += [row.number] if row.is_hidden else []
    noted = [_build_hidden("hidden_rows", hidden, table.file, value=format_rows(unseen))] if unseen else []
    is_refused = hidden is HiddenRows.REFUSE
    return replace(
        table,
        rows=tuple(rows),
        notes=(*table.notes, *asides, *(() if is_refused else noted)),
        faults=(*table.faults, *(noted if is_refused else ()), *doubtful),
    )


def _settle_columns(table: Table, things: ListedThings, hidden: HiddenRows) -> Table:
    """Return a table whose hidden columns are noted; they are dropped if they are to be left.

    *Raises*: FaultError for hidden marks and names that nothing was chosen for.
    """
    unseen = _find_unseen(table)
    if hidden is HiddenRows.REFUSE:
        refused = unseen.keys() & {*things.marks, *things.names}
        raise_faults(
            [
                _build_hidden("hidden_column", hidden, table.file, field=header, letters=letters)
                for header, letters in unseen.items()
                if header in refused
            ]
        )
        hidden = HiddenRows.TAKE  # the others identify nobody
    if hidden is HiddenRows.LEAVE:
        return leave_hidden_columns(table)
    return _note_columns(table, unseen, hidden)


def leave_hidden_columns(table: Table) -> Table:
    """Return a table without the columns that nobody sees, as if the file had none of them."""
    unseen = _find_unseen(table)
    headers = tuple(header for header in table.headers if header not in unseen)
    rows = (
        replace(row, cells={name: cell for name, cell in row.cells.items() if name not in unseen})
        for row in table.rows
    )
    left = replace(table, headers=headers, rows=tuple(rows), hidden_columns={})
    return _note_columns(left, unseen, HiddenRows.LEAVE)


def _find_unseen(table: Table) -> Mapping[str, str]:
    """Return the headers of hidden columns that hold anything, with their letters."""
    return {
        header: letters
        for header, letters in table.hidden_columns.items()
        if any(row.cells.get(header) for row in table.rows)
    }


def _note_columns(table: Table, unseen: Mapping[str, str], hidden: HiddenRows) -> Table:
    notes = (
        _build_hidden("hidden_column", hidden, table.file, field=header, letters=letters)
        for header, letters in unseen.items()
    )
    return replace(table, notes=(*table.notes, *notes))


def _build_hidden(code: str, hidden: HiddenRows, file: str, **said: Any) -> Fault:
    if hidden is HiddenRows.REFUSE:
        return TABLE_FAULTS.build(code, file=file, **said)
    variant = "taken" if hidden is HiddenRows.TAKE else "left"
    return TABLE_FAULTS.build(f"{code}.{variant}", file=file, severity="warning", **said)


def aside_note(row: Row, file: str) -> Fault:
    """Return the note that a row lists no thing."""
    return TABLE_FAULTS.build("total", file=file, row=row.number, severity="warning")


def is_title(cells: Sequence[str], width: int) -> bool:
    """Return whether a row above a table of ``width`` columns is a title.

    That is one text, labels with their texts (of any number where each label ends in a colon), or a few texts of which
    one is worded as a title.

    >>> is_title(["填报单位：", "市总工会", "", "填报日期：", "2026-11-01"], 3), is_title(["姓名：", "电话："], 2)
    (True, False)
    """
    texts = [plain_cell(cell) for cell in cells if cell.strip()]
    if _are_labelled(texts):
        return True
    if not texts or len(texts) >= width:
        return False
    is_sparse = 2 * len(texts) <= width and any(map(_is_title_cell, texts))
    return (
        len(texts) == 1
        or is_sparse
        or all(map(_is_title_cell, texts))
        or all(map(_NOTES.fullmatch, texts[::2]))
    )


def _are_labelled(texts: Sequence[str]) -> bool:
    """Return whether texts are labels that end in a colon, at most one text behind each, and some text at all."""
    labels = [text.endswith(":") for text in texts]
    follows = all(is_label_ or before for before, is_label_ in zip([False, *labels], labels, strict=False))
    return any(labels) and not all(labels) and follows


def _is_title_cell(text: str) -> bool:
    return bool(_TITLES.fullmatch(text) or _NOTES_WITH_TEXT.fullmatch(text))


def is_label(text: str) -> bool:
    """Return whether a text is what stands in a total or a note below a table: 合计, 备注：….

    >>> is_label("備 註：１"), is_label("合計（３處）"), is_label("合计驿站")
    (True, True, False)
    """
    plain = plain_cell(text)
    sum_ = plain.replace(":", "")
    return bool(
        _NOTES.fullmatch(plain)
        or _NOTES_WITH_TEXT.fullmatch(plain)
        or _TOTALS.fullmatch(sum_)
        or _TOTALS_IN_WORDS.fullmatch(sum_)
    )


def is_total_or_note(row: Row, marks: Collection[str | None]) -> bool:
    """Return whether a row is no thing: a total, a note, or the header once more.

    Numbers of the columns and hints in brackets are none. Else it has no text under ``marks``, the headers of points, ids, accounts, ID numbers and phones. Its first text
    is a label, or one cell is a label as a whole. A label with a count (全市合计 3处) stands beside figures alone, which
    may be small ones under marks.
    """
    filled = {header: text for header, cell in row.cells.items() if (text := plain_cell(cell))}
    if _explains_columns(row, [*filled.values()]):
        return True
    texts = ((mark, plain_cell(row.cells.get(mark, ""))) for mark in marks if mark)
    standing = [text for mark, text in texts if text and not _is_no_mark(text, mark)]
    if not all(map(_SMALL.fullmatch, standing)):
        return False
    is_counted = _is_counted([text.replace(":", "") for text in filled.values()])
    if standing or not filled:
        return is_counted
    if all(text == plain_cell(header) for header, text in filled.items()):
        return True
    labels = [text for header, text in filled.items() if not _NOTES.fullmatch(plain_cell(header))]
    labels = labels or [*filled.values()]  # 备注：… under 备注, and nothing else
    first = next(iter(filled.values()))
    is_note = labels[:1] == [first] and (_NOTES.fullmatch(first) or _NOTES_WITH_TEXT.fullmatch(first))
    return bool(is_counted or is_note or any(_TOTALS.fullmatch(text.replace(":", "")) for text in labels))


def _explains_columns(row: Row, filled: Sequence[str]) -> bool:
    """Return whether a row numbers the columns of a wide table, or has a hint in brackets for some."""
    numbers = [str(number) for number in range(1, len(row.cells) + 1)]
    if len(numbers) >= _LEAST_NUMBERED and filled == numbers:
        return True
    return len(filled) > 1 and all(map(_HINT.fullmatch, filled))


def is_sentence(row: Row, columns: Collection[str | None]) -> bool:
    """Return whether a row holds one text alone, which is worded as a sentence, in its first column or one of these."""
    filled = [(header, text) for header, cell in row.cells.items() if (text := plain_cell(cell))]
    if len(filled) != 1 or len(row.cells) < _LEAST_COLUMNS:
        return False
    ((header, text),) = filled
    return header in {*columns, next(iter(row.cells))} and _SENTENCE.fullmatch(text) is not None


def _is_counted(texts: Sequence[str]) -> bool:
    """Return whether a row holds a total in words, and figures beside."""
    return any(map(_TOTALS_IN_WORDS.fullmatch, texts)) and all(
        _FIGURES.fullmatch(text) or _TOTALS_IN_WORDS.fullmatch(text) for text in texts
    )


def _is_no_mark(plain: str, header: str) -> bool:
    """Return whether a cell that should identify a thing holds its header, a label, a count, or text without a digit."""
    if plain.isascii() and plain.isdigit():
        return False
    has_digit = any(letter.isdigit() for letter in plain)
    return (
        not has_digit or is_label(plain) or plain == plain_cell(header) or bool(re.fullmatch(_COUNT, plain))
    )
