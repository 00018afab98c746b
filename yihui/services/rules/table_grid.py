"""Read the tables of amounts of a rule file as grids: a column for each fact, cells as a clerk writes them.

A cell shows the values that :func:`read_cell` would read back as the same condition; any other cell shows its text.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.faults import FaultError
from core.yaml.document import DocumentPath, PlainValue, YamlDocument
from core.yaml.yaml_text import parse_yaml_document
from rules.engine.decision_table import build_cell_condition
from rules.expressions.syntax import Compare, FactReference, InTest, Literal, Node, Not, walk_nodes
from rules.facts import Fact, facts_for_event
from rules.yaml.rule_text import parse_rule_document
from rules.yaml.wording import PARAMETER_PREFIX
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.form_terms import TermFault, title_of
from yihui.services.rules.grid import ANY_VALUE, read_cell

_PLACE = re.compile(r"place=SourcePosition\(line=\d+, column=\d+\)")
_SPLIT = re.compile(r"'[^']*'|\"[^\"]*\"|[(\[]|[)\]]|\b(?:and|or)\b(?!\.)|\?")
_WORDS = {">=": "{}以上", "<=": "{}以下", ">": "超过{}", "<": "不满{}", "==": "{}", "!=": "不是{}"}


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column of conditions; without a fact it holds those on several facts, which are shown as they are written.

    ``key`` is the column's id in a decision table of a file of its own.
    """

    fact: Fact | None
    key: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell: what it shows, and the conditions that stand for it in the rule."""

    text: str = ""
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: its cells, its amount as it is shown and as it is written, and a note of the table's author."""

    cells: tuple[GridCell, ...]
    amount: str
    written: str
    parameter: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class EditedRow:
    """A row as it was sent; ``origin`` is its place in the table before, None for a new one."""

    origin: int | None
    cells: tuple[str, ...]
    amount: str
    note: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was filled in."""
        return not any((*self.cells, self.amount, self.note))


@dataclass(frozen=True, slots=True)
class TableGrid:
    """A table of amounts; ``file`` names the text in which its rows stand, ``path`` the list of rows in it."""

    title: str
    columns: tuple[GridColumn, ...]
    rows: tuple[TableRow, ...]
    document: YamlDocument = field(compare=False, repr=False)
    path: DocumentPath
    file: str = ""
    amount_key: str = ""
    has_notes: bool = False

    @property
    def is_file(self) -> bool:
        """Whether the rows stand in a decision table of a file of its own."""
        return bool(self.file)


@dataclass(frozen=True, slots=True)
class _Source:
    facts: Mapping[str, Fact]
    parameters: Mapping[str, PlainValue]


def read_table_grids(file: RuleFile) -> list[TableGrid]:
    """Return the tables of a rule; those that can't be read as rows and columns are left out."""
    document = parse_rule_document(file.name, file.text)
    value = document.value
    if document.has_errors or not isinstance(value, dict):
        return []
    parameters = value.get("parameters")
    source = _Source(_facts_of(value.get("on")), parameters if isinstance(parameters, dict) else {})
    grids = []
    for path, benefit in _benefits(value.get("benefit")):
        if isinstance(benefit, dict) and isinstance(table := benefit.get("table"), dict):
            title = str(benefit.get("title") or value.get("title") or "")
            grids.append(_read_table(document, (*path, "table"), table, source, file, title))
    return [grid for grid in grids if grid is not None]


def find_event(file: RuleFile) -> str:
    """Return the event on which a rule's text grants; empty if it names none."""
    value = parse_rule_document(file.name, file.text).value
    return str(value.get("on", "")) if isinstance(value, dict) else ""


def format_fen(amount_fen: int) -> str:
    """Format fen as yuan, as one types them: 123450 → 1234.50, 30000 → 300."""
    whole, fen = divmod(amount_fen, 100)
    return f"{whole}.{fen:02}" if fen else f"{whole}"


def _facts_of(event: object) -> Mapping[str, Fact]:
    try:
        return facts_for_event(str(event))
    except KeyError:
        return {}


def _benefits(value: PlainValue) -> Iterator[tuple[DocumentPath, PlainValue]]:
    if isinstance(value, tuple):
        yield from ((("benefit", index), one) for index, one in enumerate(value))
    else:
        yield ("benefit",), value


def _read_table(
    document: YamlDocument,
    path: DocumentPath,
    table: Mapping[str, PlainValue],
    source: _Source,
    file: RuleFile,
    title: str,
) -> TableGrid | None:
    if isinstance(named := table.get("file"), str):
        return _read_decision_table(named, file.tables.get(named), source, title)
    rows = table.get("rows")
    if not isinstance(rows, tuple) or not rows:
        return None
    if not all(isinstance(row, dict) and isinstance(row.get("when"), str) for row in rows):
        return None
    conditions = [_split_terms(str(row["when"])) for row in rows if isinstance(row, dict)]
    columns = _find_columns(conditions, source.facts)
    path = (*path, "rows")
    found = [_read_row(document, (*path, n), columns, terms, source) for n, terms in enumerate(conditions)]
    return TableGrid(title, columns, tuple(found), document, path)


def _find_columns(conditions: Sequence[Sequence[str]], facts: Mapping[str, Fact]) -> tuple[GridColumn, ...]:
    named = [_fact_of(term, facts) for terms in conditions for term in terms if term != "true"]
    columns = [GridColumn(fact) for fact in dict.fromkeys(one for one in named if one is not None)]
    return (*columns, GridColumn(None)) if None in named else tuple(columns)


def _read_row(
    document: YamlDocument,
    path: DocumentPath,
    columns: Sequence[GridColumn],
    terms: Sequence[str],
    source: _Source,
) -> TableRow:
    by_fact: dict[Fact | None, list[str]] = {}
    for term in terms:
        if term != "true":
            by_fact.setdefault(_fact_of(term, source.facts), []).append(term)
    cells = [
        GridCell(_show(column.fact, terms := tuple(by_fact.get(column.fact, ()))), terms)
        for column in columns
    ]
    key = "amount_fen" if (*path, "amount_fen") in document.spots else "amount"
    spot = document.spots.get((*path, key))
    written = document.text[spot.start : spot.end] if spot else ""
    value = _value_at(document.value, (*path, key))
    return _with_amount(TableRow(tuple(cells), written, written), value, source)


def _with_amount(row: TableRow, value: PlainValue, source: _Source) -> TableRow:
    """Return the row with its amount in yuan; an amount that is computed is shown as it is written."""
    if type(value) is int:
        return replace(row, amount=format_fen(value))
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return replace(row, amount=format_fen(int(value)))
    if isinstance(value, str) and value.startswith(PARAMETER_PREFIX):
        name = value.removeprefix(PARAMETER_PREFIX)
        parameter = source.parameters.get(name)
        amount = parameter.get("value") if isinstance(parameter, dict) else None
        if type(amount) is int:
            return replace(row, amount=format_fen(amount), parameter=name)
    return row if not isinstance(value, str) else replace(row, amount=value)


def _value_at(value: PlainValue, path: DocumentPath) -> PlainValue:
    for key in path:
        if isinstance(value, dict):
            value = value.get(str(key))
        elif isinstance(value, tuple) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value


# Decision tables of a file of their own ----------------------------------------------------------------------


def _read_decision_table(file: str, text: str | None, source: _Source, title: str) -> TableGrid | None:
    document = parse_yaml_document(file, text or "")
    nodes = _value_at(document.value, ("nodes",))
    if document.has_errors or not isinstance(nodes, tuple):
        return None
    places = [n for n, one in enumerate(nodes) if _value_at(one, ("type",)) == "decisionTableNode"]
    path: DocumentPath = ("nodes", places[0] if places else 0, "content")
    columns = _columns_of(_value_at(document.value, (*path, "inputs")), source.facts)
    amounts = _columns_of(_value_at(document.value, (*path, "outputs")), source.facts)
    amount = next((one.key for one in amounts if one.field == "amount_fen"), None)
    rows = _value_at(document.value, (*path, "rules"))
    if len(places) != 1 or amount is None or not isinstance(rows, tuple) or not rows:
        return None
    if not all(_is_text_row(row, columns, amount) for row in rows):
        return None
    found = tuple(_read_file_row(row, columns, amount, source) for row in rows if isinstance(row, dict))
    has_notes = any(row.note for row in found)
    return TableGrid(title, columns, found, document, (*path, "rules"), file, amount, has_notes)


def _columns_of(stated: PlainValue, facts: Mapping[str, Fact]) -> tuple[GridColumn, ...]:
    found = []
    for column in stated if isinstance(stated, tuple) else ():
        key, name = _value_at(column, ("id",)), _value_at(column, ("field",))
        found.append(GridColumn(facts.get(str(name)), str(key), str(name or "")))
    return tuple(found)


def _is_text_row(row: PlainValue, columns: Sequence[GridColumn], amount: str) -> bool:
    return isinstance(row, dict) and all(
        isinstance(row.get(key, ""), str) for key in (amount, *(column.key for column in columns))
    )


def _read_file_row(
    row: Mapping[str, PlainValue], columns: Sequence[GridColumn], amount: str, source: _Source
) -> TableRow:
    cells = tuple(_read_file_cell(column, str(row.get(column.key, ""))) for column in columns)
    written = str(row.get(amount, "")).strip()
    shown = TableRow(cells, written, written, note=str(row.get("_description") or ""))
    return _with_amount(shown, written, source)


def _read_file_cell(column: GridColumn, text: str) -> GridCell:
    try:
        condition = build_cell_condition(column.field, text)
    except FaultError:
        return GridCell(text, (text,))
    terms = tuple(_split_terms(condition)) if condition else ()
    shown = _show(column.fact, terms)
    is_plain = column.fact is not None and (not terms or shown != " and ".join(terms))
    return GridCell(shown if is_plain else text, terms)


# Conditions as cells -----------------------------------------------------------------------------------------


def _split_terms(condition: str) -> list[str]:
    """Split a condition at the ``and`` outside of brackets; one with ``or`` or ``?`` there stays whole."""
    parts, begin, depth = [], 0, 0
    for sign in _SPLIT.finditer(condition):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign[0], 0)
        if depth == 0 and sign[0] in ("or", "?"):
            return [f"({condition})"]
        if depth == 0 and sign[0] == "and":
            parts.append(condition[begin : sign.start()].strip())
            begin = sign.end()
    parts.append(condition[begin:].strip())
    return parts if all(_parse(part) is not None for part in parts) else [f"({condition})"]


def _parse(term: str) -> Node | None:
    from rules.expressions.grammar import parse_expression  # importing lark takes 50 ms

    try:
        return parse_expression(term)
    except FaultError:
        return None


def _fact_of(term: str, facts: Mapping[str, Fact]) -> Fact | None:
    """Return the only fact that a condition reads; None if it reads others or parameters too."""
    tree = _parse(term)
    if tree is None:
        return None
    read = dict.fromkeys(node.path for node in walk_nodes(tree) if isinstance(node, FactReference))
    return facts.get(next(iter(read))) if len(read) == 1 else None


def _show(fact: Fact | None, terms: tuple[str, ...]) -> str:
    """Return the text of a cell: values where they would be read back as the same conditions, else the conditions."""
    written = " and ".join(terms)
    if fact is None:
        return written
    if not terms:
        return ANY_VALUE
    text = _format_terms(terms, fact)
    try:
        is_same = [_shape(one) for one in read_cell(text, fact)] == [_shape(one) for one in terms]
    except TermFault:
        return written
    return text if is_same and text else written


def _shape(term: str) -> str:
    """Return the tree of a condition without the places of its parts."""
    return _PLACE.sub("", repr(_parse(term)))


def _format_terms(terms: Sequence[str], fact: Fact) -> str:
    parts = [(_format_term(_parse(term), fact), term) for term in terms]
    bounds = [part for part, _ in parts]
    if len(parts) == 2 and bounds[0].endswith("以上") and bounds[1].endswith("以下"):
        return f"{bounds[0][:-2]}-{bounds[1][:-2]}"
    return "".join(bounds)


def _format_term(tree: Node | None, fact: Fact) -> str:
    match tree:
        case Compare(operator=sign, left=FactReference(), right=Literal(value=value)) if sign in _WORDS:
            return _WORDS[sign].format(_format_value(value, fact))
        case InTest(item=FactReference(), options=tuple() as options):
            return "、".join(_format_value(one.value, fact) for one in options if isinstance(one, Literal))
        case InTest(item=Literal(value=value), options=FactReference()):
            return _format_value(value, fact)
        case _:
            return _format_except(tree, fact)


def _format_except(tree: Node | None, fact: Fact) -> str:
    inner = tree.operand if isinstance(tree, Not) else None
    return f"不是{_format_term(inner, fact)}" if isinstance(inner, InTest) else ""


def _format_value(value: object, fact: Fact) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int) and fact.kind == "fen":
        return format_fen(value) if value >= 0 else ""
    return unicodedata.normalize("NFKC", title_of(fact, str(value)))
