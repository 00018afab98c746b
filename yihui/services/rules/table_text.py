"""Change the text of a table row by row, and leave every other sign as it is."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from core.yaml.document import DocumentPath, YamlDocument
from rules.engine.decision_table import build_cell_condition
from yihui.services.rules.table_grid import EditedRow, GridColumn, TableGrid


@dataclass(frozen=True, slots=True)
class TextChange:
    """Put ``text`` in place of what stands from ``start`` to ``end``."""

    start: int
    end: int
    text: str


class RowWriter:
    """Writes rows that stand in the rule's own file."""

    def __init__(self, grid: TableGrid, changes: list[TextChange]) -> None:
        self.grid, self.document, self.changes = grid, grid.document, changes

    def change_row(self, row: EditedRow, conditions: Sequence[tuple[str, ...]], amount: str) -> None:
        assert row.origin is not None
        before, path = self.grid.rows[row.origin], (*self.grid.path, row.origin)
        if list(conditions) != [cell.terms for cell in before.cells]:
            self._replace((*path, "when"), _quote(_join(conditions)))
        if amount != before.written:
            self._replace_amount(path, amount)

    def render_row(self, row: EditedRow, conditions: Sequence[tuple[str, ...]], amount: str) -> str:
        key = "amount" if amount.startswith("{") else "amount_fen"
        return f"{{when: {_quote(_join(conditions))}, {key}: {amount}}}"

    def _replace_amount(self, path: DocumentPath, amount: str) -> None:
        key = "amount_fen" if (*path, "amount_fen") in self.document.spots else "amount"
        wanted = "amount" if amount.startswith("{") else "amount_fen"
        if key == wanted:
            self._replace((*path, key), amount)
            return
        place = self.document.key_spots[*path, key]
        above = self.document.text.splitlines(keepends=True)[: place.line - 1]
        start = sum(len(line) for line in above) + place.column - 1
        end = _end_of(self.document, (*path, key))
        self.changes.append(TextChange(start, end, f"{wanted}: {amount}"))

    def _replace(self, path: DocumentPath, text: str) -> None:
        self.changes.append(replace_value(self.document, path, text))


class FileRowWriter(RowWriter):
    """Writes rows of a decision table in a file of its own, which is JSON."""

    def change_row(self, row: EditedRow, conditions: Sequence[tuple[str, ...]], amount: str) -> None:
        assert row.origin is not None
        before, path = self.grid.rows[row.origin], (*self.grid.path, row.origin)
        for column, cell, terms in zip(self.grid.columns, before.cells, conditions, strict=True):
            if terms != cell.terms:
                self._set(path, column.key, _write_cell(column, terms))
        if amount != before.written:
            self._set(path, self.grid.amount_key, amount)
        if row.note != before.note:
            self._set(path, "_description", row.note)

    def render_row(self, row: EditedRow, conditions: Sequence[tuple[str, ...]], amount: str) -> str:
        stated = {"_description": row.note} if row.note else {}
        pairs = zip(self.grid.columns, conditions, strict=True)
        stated |= {column.key: _write_cell(column, terms) for column, terms in pairs}
        return json.dumps({**stated, self.grid.amount_key: amount}, ensure_ascii=False)

    def _set(self, path: DocumentPath, key: str, text: str) -> None:
        if (*path, key) in self.document.spots:
            self._replace((*path, key), _quote(text))
            return
        start = self.document.spots[path].start + 1
        self.changes.append(TextChange(start, start, f"{_quote(key)}: {_quote(text)}, "))


def _write_cell(column: GridColumn, terms: Sequence[str]) -> str:
    """Return the cell of a decision table that states conditions of its column's fact."""
    condition = " and ".join(terms)
    if not condition or not column.field:
        return condition
    plain = " and ".join(term.removeprefix(f"{column.field} ") for term in terms)
    if build_cell_condition(column.field, plain) == condition:
        return plain
    return _with_sign(condition, column.field)


def _with_sign(condition: str, name: str) -> str:
    """Write ``$`` for the column's fact outside of quotes."""
    parts = re.split(r"('[^']*'|\"[^\"]*\")", condition)
    return "".join(
        part if number % 2 else re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.])", "$", part)
        for number, part in enumerate(parts)
    )


def _join(conditions: Sequence[tuple[str, ...]]) -> str:
    return " and ".join(term for terms in conditions for term in terms) or "true"


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def replace_value(document: YamlDocument, path: DocumentPath, text: str) -> TextChange:
    """Return the change of the value at a path."""
    spot = document.spots[path]
    return TextChange(spot.start, spot.start + len(document.text[spot.start : spot.end].rstrip()), text)


def change_layout(
    grid: TableGrid, rows: Sequence[EditedRow], added: Mapping[int, str], changes: list[TextChange]
) -> bool:
    """Remove the rows that are gone and put those of ``added`` behind those that they follow.

    Return False for a table that is written in a way in which this can't be done.
    """
    document = grid.document
    is_flow = document.text.startswith("[", document.spots[grid.path].start)
    places = _flow_places(grid) if is_flow else _block_places(grid)
    if places is None:
        return False
    if is_flow:
        _change_flow(grid, rows, added, changes, places)
    else:
        _change_lines(grid, rows, added, changes, places)
    return True


def _change_lines(
    grid: TableGrid,
    rows: Sequence[EditedRow],
    added: Mapping[int, str],
    changes: list[TextChange],
    places: Sequence[tuple[int, int]],
) -> None:
    text = grid.document.text
    kept = {row.origin for number, row in enumerate(rows) if number not in added}
    changes += [TextChange(*place, "") for n, place in enumerate(places) if n not in kept]
    indent = text[places[0][0] :].partition("-")[0]
    at, lines = places[0][0], ""
    for number, row in enumerate(rows):
        if number in added:
            lines += f"{indent}- {added[number]}\n"
        else:
            changes.append(TextChange(at, at, lines))
            assert row.origin is not None
            at, lines = places[row.origin][1], ""
    is_open = at == len(text) and not text.endswith("\n")
    changes.append(TextChange(at, at, "\n" + lines.removesuffix("\n") if is_open and lines else lines))


def _block_places(grid: TableGrid) -> list[tuple[int, int]] | None:
    """Return where the lines of each row begin and end, its comment behind it included."""
    text, found = grid.document.text, []
    for number in range(len(grid.rows)):
        start = grid.document.spots[*grid.path, number].start
        begin = text.rfind("\n", 0, start) + 1
        if text[begin:start].strip() != "-":
            return None
        end = text.find("\n", _end_of(grid.document, (*grid.path, number)))
        found.append((begin, len(text) if end < 0 else end + 1))
    return found


def _end_of(document: YamlDocument, path: DocumentPath) -> int:
    """Return where the text of a value ends; the parser lets a block end where the next thing begins."""
    spot = document.spots[path]
    if document.text[spot.start] in "{[":
        return spot.end
    inner = [one for one in document.spots if len(one) == len(path) + 1 and one[: len(path)] == path]
    if inner:
        return max(_end_of(document, one) for one in inner)
    return spot.start + len(document.text[spot.start : spot.end].rstrip())


def _flow_places(grid: TableGrid) -> list[tuple[int, int]] | None:
    """Return where each row of a list in brackets begins and ends; None where comments stand between them."""
    spots = [grid.document.spots[*grid.path, number] for number in range(len(grid.rows))]
    places = [(spot.start, spot.end) for spot in spots]
    between = (grid.document.text[a[1] : b[0]] for a, b in pairwise(places))
    return None if any(part.strip() != "," for part in between) else places


def _change_flow(
    grid: TableGrid,
    rows: Sequence[EditedRow],
    added: Mapping[int, str],
    changes: list[TextChange],
    places: Sequence[tuple[int, int]],
) -> None:
    """Write the rows in brackets anew: those that stay with their text and its changes, and the signs between."""
    text = grid.document.text
    begin, end = places[0][0], places[-1][1]
    inside = [change for change in changes if begin <= change.start and change.end <= end]
    line = text[text.rfind("\n", 0, begin) + 1 : begin]
    between = f",\n{line}" if not line.strip() else ", "
    if len(places) > 1:
        between = text[places[0][1] : places[1][0]]
    parts = []
    for number, row in enumerate(rows):
        if number in added:
            parts.append(added[number])
            continue
        assert row.origin is not None
        start, stop = places[row.origin]
        own = [
            replace(c, start=c.start - start, end=c.end - start) for c in inside if start <= c.start < stop
        ]
        parts.append(apply_changes(text[start:stop], own))
    changes[:] = [change for change in changes if change not in inside]
    changes.append(TextChange(begin, end, between.join(parts)))


def apply_changes(text: str, changes: Sequence[TextChange]) -> str:
    """Return the text with the changes, which don't overlap."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    for change in sorted(changes, key=lambda one: (one.start, one.end), reverse=True):
        text = text[: change.start] + change.text + text[change.end :]
    return mark + text
