"""Render the rows of decision tables for comparison, one line each."""

from collections.abc import Iterator

from pydantic import BaseModel, ValidationError


class _Column(BaseModel):
    id: str
    name: str = ""


class _Content(BaseModel):
    inputs: tuple[_Column, ...] = ()
    outputs: tuple[_Column, ...] = ()
    rules: tuple[dict[str, str], ...] = ()


class _Node(BaseModel):
    content: _Content | None = None


class _Table(BaseModel):
    nodes: tuple[_Node, ...]


def decision_table_rows(text: str) -> Iterator[str]:
    """Yield each row's cells by column name. Yield nothing for an invalid table; lint reports that."""
    try:
        table = _Table.model_validate_json(text)
    except ValidationError:
        return
    for content in (node.content for node in table.nodes if node.content):
        columns = [*content.inputs, *content.outputs]
        for row in content.rules:
            yield "; ".join(f"{c.name or c.id} {row[c.id]}" for c in columns if row.get(c.id))
