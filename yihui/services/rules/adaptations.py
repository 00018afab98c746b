"""Show a rule as it applies at one organisation, line by line, with the file and line of each."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members import is_organisation_code
from rules import Layer, find_nearest_layer
from yihui.bootstrap import Wiring
from yihui.runtime.arguments import CANNOT_BE, parse_day
from yihui.services.rules.sources import read_rule_sources

RULE_PLACE_FAULTS = FaultTable(
    "usage",
    {
        "organisation": (
            CANNOT_BE,
            N_("write the organisation's code: 6 digits, 9 digits, or 9 digits-number"),
        ),
        "no_rule": (N_("--at needs the rule's id"), N_("name the rule")),
    },
)
RULE_LAYER_FAULTS = FaultTable(
    "rule_layer",
    {
        "not_in_force": (
            N_("on {on} no version of the rule {value} is in force at {at}"),
            N_("look which there are: yihui rules show; another day: --on"),
        ),
    },
)


def rule_lines_at_place(
    wiring: Wiring, folders: Sequence[Path], asked: tuple[str | None, str, str | None], *, as_json: bool
) -> Iterator[str]:
    """Return the lines of a rule at an organisation, as text or JSON.

    ``asked`` is the rule, the organisation and the day. *Raises*: RuleFaults, FaultError.
    """
    rule_id, at, on = asked
    when = parse_day(on) if on is not None else civil_date(wiring.now())
    if not is_organisation_code(at):
        raise FaultError(RULE_PLACE_FAULTS.build("organisation", field="--at", value=at))
    if rule_id is None:
        raise FaultError(RULE_PLACE_FAULTS.build("no_rule", field="RULE"))
    layer = _layer(wiring, folders, rule_id, at, when)
    return iter([_json(layer, at, when)]) if as_json else _text(wiring, layer, at, when)


def _layer(wiring: Wiring, folders: Sequence[Path], rule_id: str, at: str, when: date) -> Layer:
    layer = find_nearest_layer(read_rule_sources(wiring, folders).load_layers(), rule_id, at, when)
    if layer is None:
        raise FaultError(
            RULE_LAYER_FAULTS.build("not_in_force", field="RULE", value=rule_id, on=when.isoformat(), at=at)
        )
    return layer


def _text(wiring: Wiring, layer: Layer, at: str, when: date) -> Iterator[str]:
    told = N_("{title} ({rule}), as it holds at {at} on {on}; owner {owner}")
    names = {"title": layer.definition.title, "rule": layer.definition.id, "owner": layer.owner}
    yield wiring.render(told, **names, at=at, on=when.isoformat())
    places = [f"{line.origin.file}:{line.origin.line}" for line in layer.lines]
    width = max(map(len, places))
    for place, line in zip(places, layer.lines, strict=True):
        yield f"{place:<{width}}  {line.text}"


def _json(layer: Layer, at: str, when: date) -> str:
    lines = [{"text": line.text, "file": line.origin.file, "line": line.origin.line} for line in layer.lines]
    content = {
        "rule": layer.definition.id,
        "title": layer.definition.title,
        "owner": layer.owner,
        "at": at,
        "on": when.isoformat(),
        "lines": lines,
    }
    return json.dumps(content, ensure_ascii=False)
