"""Parse the YAML text of a rule; its faults and those of pydantic in words that an officer understands, each with its position."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.faults import Fault
from core.text_marks import N_
from core.validation import VALIDATION_TEXTS, validation_texts
from core.yaml.document import MAX_DOCUMENT_FAULTS, DocumentPath, PathKey, YamlDocument, format_path
from core.yaml.yaml_text import MAX_YAML_CHARACTERS, parse_yaml_document
from rules.faults import DID_YOU_MEAN, build_unknown_name_fault, rule_fault_table, suggest_name

MAX_RULE_FILE_CHARACTERS = MAX_YAML_CHARACTERS
_REMEDIES = {
    "large-file": N_("one file holds one rule, its table at most 200 rows: split it"),
    "empty-file": N_("write a rule into it, or delete it"),
    "not-yaml": N_("compare the line and the one above with a rule of the library: colons, quotes, indents"),
    "deep-file": N_("compare docs/rules_reference.md, which has an example of each key"),
}
_VALUE_REMEDIES: Mapping[str, str] = {
    "missing": N_("add {field}:"),
    "string_too_short": N_("write something, or leave the key out"),
    "string_pattern_mismatch": N_("write a name like birthday-cake: small letters, digits and hyphens"),
    "int_type": N_("write digits only, without quotes"),
    "int_from_float": N_("amounts are whole fen"),
    "date_type": N_("write it like 2026-01-31, without quotes"),
    "tuple_type": N_("write every item in a line of its own, after a dash"),
    "too_long": N_("split the rule"),
    "model_type": N_("write key: value, indented below it"),
    "": N_("compare docs/rules_reference.md, which has an example of each key"),
}
_FORMS: Mapping[str, str] = {
    "else": N_("leave out the braces"),
    "remedy": N_("leave out the braces"),
    "owner": N_('write the organisation\'s code, like "370200": 6 digits, 9 digits, or 9 digits-number'),
    "districts": N_('write the code of the district in quotes, like "370102" (yihui stations list --json)'),
    **dict.fromkeys(
        ("expires", "within", "grace"),
        N_("write a time like P90D (days), P3M (months) or P1Y (years), or a parameter: param.NAME"),
    ),
}
_QUOTED = re.compile(r"'([^']*)'")
_FAULTS = rule_fault_table(
    {
        "unknown-key": (
            VALIDATION_TEXTS["extra_forbidden"][0],
            N_("use one of: {keys}"),
            N_("A misspelt key would silently have no effect."),
        ),
    }
)


def parse_rule_document(file: str, text: str) -> YamlDocument:
    """Parse a text into a document, with every YAML fault. The caller may change the document."""
    return _parse(file, text).copy()


@lru_cache(maxsize=256)  # a command reads the same library several times; the YAML reader is slow
def _parse(file: str, text: str) -> YamlDocument:
    document = parse_yaml_document(file, text)
    document.faults = [_in_words_of_rules(fault) for fault in document.faults]
    return document


def _in_words_of_rules(fault: Fault) -> Fault:
    remedy = _REMEDIES.get(fault.short_code, fault.remedy)
    return replace(fault, remedy=remedy, code=f"rules.{fault.short_code}")


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
        if details["type"] == "extra_forbidden":
            _unknown_key(document, details, model)
        else:
            _value(document, details, path)
    document.overflow_count += len(faults[MAX_DOCUMENT_FAULTS:])


def _existing(document: YamlDocument, location: Sequence[PathKey]) -> DocumentPath:
    path = tuple(location)
    while path and path not in document.spots:
        path = path[:-1]
    return path


def _unknown_key(document: YamlDocument, details: ErrorDetails, model: type[BaseModel]) -> None:
    path = tuple(details["loc"])
    allowed = _keys(model, path[:-1])
    key = str(path[-1])
    fault = build_unknown_name_fault(_FAULTS, "unknown-key", key, allowed, keys=", ".join(allowed))
    shown = replace(fault, params={**fault.params, "field": format_path(path)[:80]})
    document.add_fault(path, shown, document.key_spots.get(path))


def _value(document: YamlDocument, details: ErrorDetails, path: DocumentPath) -> None:
    code = "missing-key" if details["type"] == "missing" else details["type"].replace("_", "-")
    context = {key: str(value).replace(" or ", ", ") for key, value in details.get("ctx", {}).items()}
    field = ".".join(str(part) for part in path)
    message, remedy = validation_texts(details, field, {**_VALUE_REMEDIES, **_FORMS})
    if close := _nearest_choice(details):
        context["suggestion"], remedy = close, DID_YOU_MEAN
    if details["type"] == "missing":
        path = tuple(details["loc"])
    if path == ():  # the whole file
        context["field"] = document.file
    # as a term, since the edge lists the choices of a parameter that is called “expected”
    terms = {"expected": context.pop("expected")} if "expected" in context else {}
    document.add_fault(path, Fault(message, remedy, code=f"rules.{code}", params=context, terms=terms))


def _nearest_choice(details: ErrorDetails) -> str:
    """Return the allowed word that is most like a misspelt one; empty if none is, or if any text is allowed."""
    value = details.get("input")
    if details["type"] != "literal_error" or not isinstance(value, str):
        return ""
    return suggest_name(value.lower(), _QUOTED.findall(details.get("ctx", {}).get("expected", "")))


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
