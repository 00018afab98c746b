"""Show the types of events as lines and as JSON Schemas, and how two ledgers differ after a replay."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from pydantic import BaseModel

from core.text_marks import N_
from events.envelope import VERSION, build_dataschema
from yihui.runtime.language import Language
from yihui.services.events.replay import ReplayResult
from yihui.services.ledger.difference import DifferenceGroup, LedgerDifference

_SHOWN = 400  # characters shown of a ledger line
_GROUPS_SHOWN = 30
_HOW = {
    "missing": N_("{count} × {table} only in the real ledger"),
    "extra": N_("{count} × {table} only in the scratch ledger"),
    "changed": N_("{count} × {table} with another {fields}"),
}


def event_type_schemas(models: Mapping[str, type[BaseModel]]) -> dict[str, object]:
    """Return the JSON Schema of each type."""
    return {
        kind: {"$id": build_dataschema(kind), **model.model_json_schema()} for kind, model in models.items()
    }


def event_type_lines(models: Mapping[str, type[BaseModel]]) -> Iterator[str]:
    """Yield a line for each type: its version and fields, a question mark after those that may be absent."""
    for kind, model in models.items():
        fields = model.model_fields.items()
        names = (f"{name}{'' if field.is_required() else '?'}" for name, field in fields)
        yield f"{kind:28} v{VERSION}  {', '.join(names)}"


def ledger_difference_lines(difference: LedgerDifference, language: Language) -> Iterator[str]:
    """Yield the differences, grouped, then the first two lines that differ, each cut to 400 characters."""
    told = N_("the ledgers differ in {count} rows, first in line {line}")
    yield language.render(told, count=f"{difference.count:,}", line=difference.line)
    for group in difference.groups[:_GROUPS_SHOWN]:
        yield f"  {_group_text(group, language)}"
    if len(difference.groups) > _GROUPS_SHOWN:
        yield "  " + language.render(N_("… and {count} more"), count=len(difference.groups) - _GROUPS_SHOWN)
    for template, line in (
        (N_("real: {line}"), difference.real),
        (N_("scratch: {line}"), difference.scratch),
    ):
        shown = line[:_SHOWN] if line else language.translate(N_("no such line"))
        yield "  " + language.render(template, line=shown)


def _group_text(group: DifferenceGroup, language: Language) -> str:
    text = language.render(
        _HOW[group.how], count=f"{group.count:,}", table=group.table, fields=", ".join(group.fields)
    )
    where = [group.rule] if group.rule else []
    return (
        f"{text}: {', '.join([*where, *group.examples])}{' …' if group.count > len(group.examples) else ''}"
    )


def replay_result_json(replayed: ReplayResult) -> dict[str, object]:
    """Return the JSON data that is printed beside the tally."""
    difference = replayed.difference
    return {
        "stations_left_out": replayed.stations_left_out,
        "acts_done_again": replayed.redone,
        "acts_refused": replayed.refused,
        "same_ledger": difference is None if replayed.is_compared else None,
        "differences": [asdict(group) for group in difference.groups] if difference else [],
        "first_difference": None
        if difference is None
        else {
            "line": difference.line,
            "real": json.loads(difference.real) if difference.real else None,
            "scratch": json.loads(difference.scratch) if difference.scratch else None,
        },
    }
