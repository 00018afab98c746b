"""The JSON Schema of the files of a rules folder, with which an editor completes them and tells what a key means."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rules.engine.rule import PER_MEMBER
from rules.facts import CATALOGUE, EVENTS
from rules.loading.schema_texts import KEYS
from rules.model.cap import CapDefinition
from rules.model.definition import RuleDefinition
from rules.overrides.file import AdaptationDefinition
from rules.yaml.wording import PARAMETER

N_ = str  # marks a text for the message catalogue

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]
_MOST_EXAMPLES = 6


def rule_schema(translate: Callable[[str], str] = str) -> Schema:
    """One schema (draft 2020-12) for all files of a rules folder: ``cap:`` makes a cap, ``adapts:`` an adaptation.

    ``translate`` puts what is said of the keys into the reader's language.
    """
    definitions: dict[str, Schema] = {}
    for model in (RuleDefinition, CapDefinition, AdaptationDefinition):
        schema = model.model_json_schema(by_alias=True)
        definitions |= schema.pop("$defs", {})
        definitions[model.__name__] = schema
    for name, schema in definitions.items():
        _describe(name, schema, translate)
    _complete(definitions)
    return {
        "$schema": DIALECT,
        "title": translate(N_("a rule, a cap or an adaptation of Yihui")),
        "type": "object",
        "if": {"required": ["cap"]},
        "then": {"$ref": "#/$defs/CapDefinition"},
        "else": {
            "if": {"required": ["adapts"]},
            "then": {"$ref": "#/$defs/AdaptationDefinition"},
            "else": {"$ref": "#/$defs/RuleDefinition"},
        },
        "$defs": dict(sorted(definitions.items())),
    }


def _describe(model: str, schema: Schema, translate: Callable[[str], str]) -> None:
    """What is said of a key: our own words, in place of the names of classes."""
    schema.pop("title", None)
    schema.pop("description", None)
    for key, inner in schema.get("properties", {}).items():
        for part in _within(inner):
            part.pop("title", None)
            part.pop("description", None)
        said = KEYS.get(f"{model}.{key}") or KEYS.get(key)
        if said:
            inner["description"] = translate(said)


def _within(schema: object) -> Iterable[Schema]:
    if isinstance(schema, dict):
        if "properties" not in schema:
            yield schema
        for inner in schema.values():
            yield from _within(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _within(inner)


def _complete(definitions: Mapping[str, Schema]) -> None:
    """Events are a closed list; facts and conditions are offered."""
    rule = definitions["RuleDefinition"]["properties"]
    rule["on"]["enum"] = list(EVENTS)
    paths = sorted({path for facts in EVENTS.values() for path in facts})
    if "Limit" in definitions:
        per = definitions["Limit"]["properties"]["per"]
        per["items"] = {"enum": [PER_MEMBER, *paths]}
    examples = [*dict.fromkeys(_conditions())]
    for model, key in (("Requirement", "that"), ("Row", "when"), ("Group", "where")):
        if model in definitions:
            definitions[model]["properties"][key]["examples"] = examples
    rule["among"]["examples"] = examples


def _conditions() -> Iterable[str]:
    """A condition for each fact, as a start."""
    for path, fact in CATALOGUE.items():
        if path.startswith(PARAMETER):
            continue
        name = path if path.startswith("member.") else f"event.{path.rsplit('.', 1)[-1]}"
        match fact.kind:
            case "text" if fact.allowed:
                values = ", ".join(f"'{value}'" for value in fact.allowed[:_MOST_EXAMPLES])
                yield f"{name} in [{values}]"
            case "integer" | "fen":
                yield f"{name} >= 1"
            case "boolean":
                yield f"{name} == true"
            case "date":
                yield f"{name} >= date('2026-01-01')"
            case "texts":
                yield f"'{(fact.allowed or ('…',))[0]}' in {name}"
            case _:
                yield f"known({name})"
