"""Convert pydantic's errors into faults that an officer understands, each with its position."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.faults import Fault
from core.text_marks import N_
from rules.faults import rule_fault_table, suggest_name
from rules.yaml.document import MAX_DOCUMENT_FAULTS, DocumentPath, PathKey, YamlDocument, format_path

_SAYINGS: Mapping[str, tuple[str, str]] = {
    "string_type": (N_("{field} must be a text, this is {value}"), N_("put it in quotes")),
    "string_too_short": (N_("{field} is empty"), N_("write something, or leave the key out")),
    "string_too_long": (N_("{field} is longer than {max_length} characters: {value}"), N_("shorten it")),
    "string_pattern_mismatch": (
        N_("{field} can't be {value}"),
        N_("write a name like birthday-cake: small letters, digits and hyphens"),
    ),
    "int_type": (
        N_("{field} must be a whole number, this is {value}"),
        N_("write digits only, without quotes"),
    ),
    "int_from_float": (N_("{field} must be a whole number, this is {value}"), N_("amounts are whole fen")),
    "date_type": (
        N_("{field} must be a day, this is {value}"),
        N_("write it like 2026-01-31, without quotes"),
    ),
    "greater_than_equal": (N_("{field} must be at least {ge}, this is {value}"), N_("write a larger number")),
    "less_than_equal": (N_("{field} must be at most {le}, this is {value}"), N_("write a smaller number")),
    "literal_error": (N_("{field} can't be {value}"), N_("use one of: {expected}")),
    "tuple_type": (
        N_("{field} must be a list, this is {value}"),
        N_("write every item in a line of its own, after a dash"),
    ),
    "too_short": (N_("{field} has too few items: {value}"), N_("add an item")),
    "too_long": (
        N_("{field} has {actual_length} items, at most {max_length} are allowed"),
        N_("split the rule"),
    ),
    "model_type": (
        N_("{field} must have keys of its own, this is {value}"),
        N_("write key: value, indented below it"),
    ),
}
_PATTERNS: Mapping[str, str] = {
    "else": N_("leave out the braces"),
    "remedy": N_("leave out the braces"),
    "owner": N_('write the organisation\'s code, like "370200": 6 digits, 9 digits, or 9 digits-number'),
    "expires": N_("write a time like P90D (days), P3M (months) or P1Y (years)"),
}
_FAULTS = rule_fault_table(
    {
        "missing-key": (N_("the key {key} is missing"), N_("add {key}:")),
        "unknown-key": (
            N_("{key} is no key here"),
            N_("use one of: {keys}"),
            N_("A misspelt key would silently have no effect."),
        ),
        "unknown-key.suggested": (
            N_("{key} is no key here"),
            N_("did you mean {suggestion}?"),
            N_("A misspelt key would silently have no effect."),
        ),
    }
)
_OTHER = (N_("{field} can't be {value}"), N_("compare a rule of the library"))
_REMEDY_OF_OURS = N_("see the rules of the library for an example")


def add_validation_faults(document: YamlDocument, error: ValidationError, model: type[BaseModel]) -> None:
    """Add a fault for each error, except for values that the YAML reader already refused."""
    faults = error.errors(include_url=False)
    places = [document.path_in_file(fault["loc"]) for fault in faults]
    for details in faults[:MAX_DOCUMENT_FAULTS]:
        details["loc"] = document.path_in_file(details["loc"])
        path = _existing(document, details["loc"])
        depth = len(details["loc"])
        if details["type"] == "too_short" and any(
            len(p) > depth and p[:depth] == details["loc"] for p in places
        ):
            continue  # its items exist but have faults of their own
        if any(path[:length] in document.spoiled for length in range(1, len(path) + 1)):
            continue
        if details["type"] == "missing":
            _missing(document, details)
        elif details["type"] == "extra_forbidden":
            _unknown_key(document, details, model)
        else:
            _value(document, details, path)
    document.overflow_count += len(faults[MAX_DOCUMENT_FAULTS:])


def _existing(document: YamlDocument, location: Sequence[PathKey]) -> DocumentPath:
    path = tuple(location)
    while path and path not in document.spots:
        path = path[:-1]
    return path


def _missing(document: YamlDocument, details: ErrorDetails) -> None:
    path = tuple(details["loc"])
    document.add_fault(path, _FAULTS.build("missing-key", key=format_path(path)))


def _unknown_key(document: YamlDocument, details: ErrorDetails, model: type[BaseModel]) -> None:
    path = tuple(details["loc"])
    allowed = _keys(model, path[:-1])
    close = suggest_name(str(path[-1]), allowed)
    code = "unknown-key.suggested" if close else "unknown-key"
    key = format_path(path)[:80]
    fault = _FAULTS.build(code, key=key, suggestion=close, keys=", ".join(allowed))
    document.add_fault(path, fault, document.key_spots.get(path))


def _value(document: YamlDocument, details: ErrorDetails, path: DocumentPath) -> None:
    context = {key: str(value).replace(" or ", ", ") for key, value in details.get("ctx", {}).items()}
    known = _SAYINGS.get(details["type"])
    message, remedy = known or _OTHER
    if known is None and details["type"] in _OWN:
        message, remedy = details["msg"], _REMEDY_OF_OURS
    if details["type"] == "string_pattern_mismatch":
        remedy = _PATTERNS.get(str(path[-1]), remedy)
    if path == ():  # the whole file
        context["field"] = document.file
    code = f"rules.{details['type'].replace('_', '-')}"
    # as a term, since the edge lists the choices of a parameter that is called “expected”
    terms = {"expected": context.pop("expected")} if "expected" in context else {}
    document.add_fault(path, Fault(message, remedy, code=code, params=context, terms=terms))


_OWN = frozenset(
    {
        *("basis", "span", "amount", "limit", "quota", "cap", "period", "parameter", "table", "uses"),
        *("allocation", "dependency"),
    }
)
"""Faults that our own models raise: their text is a template already."""


def _keys(model: type[BaseModel], path: Sequence[PathKey]) -> list[str]:
    """Return the keys that the model at a path accepts."""
    schema = _schema(model)
    node = schema
    for part in path:
        node = _below(schema, node, part)
    return sorted(node.get("properties", {}))


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True)


def _below(schema: Mapping[str, Any], node: Mapping[str, Any], part: PathKey) -> dict[str, Any]:
    """Return the schema below a node: that of a list's items, or that of a key's value."""
    options = [node, *node.get("anyOf", ())]
    if isinstance(part, int):
        found: Any = next((option["items"] for option in options if "items" in option), {})
    else:
        found = next((o["properties"][part] for o in options if part in o.get("properties", {})), None)
        found = found or next(iter(node.get("patternProperties", {}).values()), {})
    return _resolved(schema, found)


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the node that a reference points to, even if it is one option of several."""
    for option in (node, *node.get("anyOf", ())):
        if "$ref" in option:
            named: dict[str, Any] = schema["$defs"][option["$ref"].rsplit("/", 1)[-1]]
            return named
    return dict(node)
