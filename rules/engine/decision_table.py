"""Read a decision table (GoRules JDM, JSON) as rows of our own expressions; every cell is validated.

A cell goes through the same grammar and types as any condition, and its rows are evaluated like the rule's
conditions.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from core.faults import FaultError
from core.text_marks import N_
from core.yaml.document import DocumentPath, YamlDocument
from rules.engine.rule import TableRow
from rules.expressions.expression import read_expression
from rules.expressions.faults import EXPRESSION_FAULTS
from rules.facts import Fact
from rules.faults import rule_fault_table

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"|-?[0-9]+|true|false")
_RANGE = re.compile(r"([\[(\]])\s*([^\[\]()]+?)\s*\.\.\s*([^\[\]()]+?)\s*([\])\[])")
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>|(not\s+)?in\b")


_AMOUNT = "amount_fen"
MAX_DECISION_TABLE_ROWS = 500
_SAVE = N_("save the table again with an editor for decision tables (JDM), or compare one of the library")
_FAULTS = rule_fault_table(
    {
        "decision-table.amount": (N_("the table has no output amount_fen"), _SAVE),
        "decision-table.nodes": (N_("this is no decision table (JDM): it has no nodes"), _SAVE),
        "decision-table.other": (N_("only one decision table can stand here, not {value}"), _SAVE),
        "decision-table.one": (N_("exactly one decision table stands in the file"), _SAVE),
        "decision-table.policy": (N_("the hit policy is first, not {value}"), _SAVE),
        "decision-table.column": (N_("a column has an id and a field, this is {value}"), _SAVE),
        "decision-table.rows": (N_("the table has no rows"), _SAVE),
        "decision-table.cell": (N_("a cell is a text, this is {value}"), _SAVE),
        "decision-table.nothing": (
            N_("a row of cash or vouchers has an amount above 0; leave it out to refuse"),
            _SAVE,
        ),
        "large-table": (N_("the table has {count} rows, {limit} are allowed"), N_("split the table")),
    }
)


@dataclass(frozen=True, slots=True)
class _Column:
    id: str
    field: str


def is_decision_table(file: str) -> bool:
    """Return whether the file name is that of a decision table."""
    return file.endswith(".json")


def find_decision_table(name: str, tables: Mapping[str, YamlDocument]) -> YamlDocument | None:
    """Return the table that a rule refers to by a name like tables/medical-aid.json."""
    return next((found for file, found in tables.items() if file == name or file.endswith(f"/{name}")), None)


def read_decision_table(
    document: YamlDocument, facts: Mapping[str, Fact], *, pays: bool
) -> tuple[TableRow, ...]:
    """Return the valid rows of a table, from the top; add faults to the table's own document."""
    found = _content(document)
    if found is None:
        return ()
    path, content = found
    inputs = list(_columns(document, (*path, "inputs"), content.get("inputs")))
    outputs = list(_columns(document, (*path, "outputs"), content.get("outputs")))
    amount = next((column for column in outputs if column.field == _AMOUNT), None)
    if amount is None:
        document.add_fault((*path, "outputs"), _FAULTS.build("decision-table.amount"))
        return ()
    reader = _Rows(document, facts, inputs, amount, pays)
    return tuple(reader.read((*path, "rules"), content.get("rules")))


def _content(document: YamlDocument) -> tuple[DocumentPath, Mapping[str, object]] | None:
    nodes = document.value.get("nodes") if isinstance(document.value, dict) else None
    if not isinstance(nodes, tuple):
        if not document.faults:
            document.add_fault((), _FAULTS.build("decision-table.nodes"))
        return None
    found = []
    for index, node in enumerate(nodes):
        kind = node.get("type") if isinstance(node, dict) else None
        if kind == "decisionTableNode" and isinstance(node, dict):
            found.append((("nodes", index, "content"), node.get("content")))
        elif kind not in ("inputNode", "outputNode"):
            document.add_fault(("nodes", index), _FAULTS.build("decision-table.other"))
    if len(found) != 1 or not isinstance(found[0][1], dict):
        document.add_fault(("nodes",), _FAULTS.build("decision-table.one"))
        return None
    path, content = found[0]
    assert isinstance(content, dict)
    if content.get("hitPolicy") != "first":
        document.add_fault((*path, "hitPolicy"), _FAULTS.build("decision-table.policy"))
    return path, content


def _columns(document: YamlDocument, path: DocumentPath, stated: object) -> Iterator[_Column]:
    for index, column in enumerate(stated if isinstance(stated, tuple) else ()):
        id_, name = (column.get("id"), column.get("field", "")) if isinstance(column, dict) else (None, None)
        if isinstance(id_, str) and isinstance(name, str):
            yield _Column(id_, name)
        else:
            document.add_fault((*path, index), _FAULTS.build("decision-table.column"))


@dataclass(frozen=True, slots=True)
class _Rows:
    document: YamlDocument
    facts: Mapping[str, Fact]
    inputs: list[_Column]
    amount: _Column
    pays: bool

    def read(self, path: DocumentPath, rules: object) -> Iterator[TableRow]:
        if not isinstance(rules, tuple) or not rules:
            self.document.add_fault(path, _FAULTS.build("decision-table.rows"))
            return
        if len(rules) > MAX_DECISION_TABLE_ROWS:
            fault = _FAULTS.build("large-table", value="", count=len(rules), limit=MAX_DECISION_TABLE_ROWS)
            self.document.add_fault(path, fault)
            return
        for index, rule in enumerate(rules):
            row = self._row((*path, index), rule) if isinstance(rule, dict) else None
            if row is not None:
                yield row

    def _row(self, path: DocumentPath, rule: Mapping[str, object]) -> TableRow | None:
        cells = [self._cell((*path, column.id), column, rule.get(column.id, "")) for column in self.inputs]
        amount = self._amount((*path, self.amount.id), rule.get(self.amount.id))
        if amount is None or None in cells:
            return None
        return TableRow(" and ".join(f"({cell})" for cell in cells if cell) or "true", amount)

    def _cell(self, path: DocumentPath, column: _Column, cell: object) -> str | None:
        """Return the condition of a cell; empty if any value is accepted, None if the cell is faulty."""
        if not isinstance(cell, str):
            self.document.add_fault(path, _FAULTS.build("decision-table.cell"))
            return None
        try:
            text = build_cell_condition(column.field, cell)
        except FaultError as error:
            self.document.add_fault(path, error.faults[0])
            return None
        if not text:
            return ""
        expression, faults = read_expression(text, self.facts)
        for fault in faults:
            self.document.add_fault(path, fault)
        return text if expression else None

    def _amount(self, path: DocumentPath, cell: object) -> str | int | None:
        text = cell.strip() if isinstance(cell, str) else ""
        if text.isascii() and text.isdigit() and len(text) <= 13:
            amount_fen = int(text)
            if amount_fen or not self.pays:
                return amount_fen
            self.document.add_fault(path, _FAULTS.build("decision-table.nothing"))
            return None
        expression, faults = read_expression(text, self.facts, is_number=True)
        for fault in faults:
            self.document.add_fault(path, replace(fault, why=""))
        return text if expression else None


def build_cell_condition(field: str, cell: str) -> str:
    """Return the condition in our language that a cell states about a fact; empty if any value is accepted.

    "" or "-" → anything; "'a', 'b'" → one of them; "> 5 and <= 10"; "[5..10)"; "not in ['a']"; and, with $
    for the fact, any condition.

    Raises: FaultError for a faulty cell, such as an empty part between commas.
    """
    text = cell.strip()
    if text in ("", "-"):
        return ""
    if not field.strip():
        return text
    parts = _split(text, ",")
    if len(parts) > 1 and all(_LITERAL.fullmatch(part) for part in parts):
        return f"{field} in [{', '.join(parts)}]"
    return (
        " or ".join(f"({_asked(field, part)})" for part in parts) if len(parts) > 1 else _asked(field, text)
    )


def _asked(field: str, text: str) -> str:
    if "$" in _QUOTED.sub("", text):
        return _outside_quotes(text, "$", field)
    if not text:
        raise FaultError(EXPRESSION_FAULTS.build("empty-expression.cell", value=""))
    if found := _RANGE.fullmatch(text):
        opening, low, high, closing = found.groups()
        above, below = ">=" if opening == "[" else ">", "<=" if closing == "]" else "<"
        return f"{field} {above} {low} and {field} {below} {high}"
    words = re.split(r"\s+(and|or)\s+", text)
    if _OPERATOR.match(text):
        return " ".join(f"{field} {word}" if _OPERATOR.match(word) else word for word in words)
    return f"{field} == {text}"


def _outside_quotes(text: str, sign: str, instead: str) -> str:
    pieces, last = [], 0
    for quoted in _QUOTED.finditer(text):
        pieces += [text[last : quoted.start()].replace(sign, instead), quoted[0]]
        last = quoted.end()
    return "".join([*pieces, text[last:].replace(sign, instead)])


def _split(text: str, sign: str) -> list[str]:
    """Split at a sign that stands neither in quotes nor in brackets."""
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "[]()":
            depth += 1 if letter in "[(" else -1
        if letter == sign and not quote and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]
