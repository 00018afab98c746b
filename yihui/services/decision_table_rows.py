"""The rows of decision tables as an officer compares them, one line for each."""

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


def table_rows(text: str) -> Iterator[str]:
    """What stands in each row, by the names of the columns; nothing of a text that is no table: lint says why."""
    try:
        table = _Table.model_validate_json(text)
    except ValidationError:
        return
    for content in (node.content for node in table.nodes if node.content):
        columns = [*content.inputs, *content.outputs]
        for row in content.rules:
            yield "; ".join(f"{c.name or c.id} {row[c.id]}" for c in columns if row.get(c.id))
