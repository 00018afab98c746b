"""JSON Schema of the files of a rules folder; editors use it to complete keys and to explain them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from core.text_marks import N_
from rules.engine.rule import PER_MEMBER
from rules.facts import FACT_CATALOGUE, FACTS_BY_EVENT
from rules.loading.schema_texts import KEY_DESCRIPTIONS
from rules.model.cap import CapDefinition
from rules.model.definition import RuleDefinition
from rules.overrides.file import AdaptationDefinition
from rules.yaml.wording import PARAMETER_PREFIX

JSON_SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
JsonSchema = dict[str, Any]
_MOST_EXAMPLES = 6


def rule_schema(translate: Callable[[str], str] = str) -> JsonSchema:
    """Return one schema (draft 2020-12) for all files of a rules folder.

    ``cap:`` makes a file a cap, ``adapts:`` an adaptation. ``translate`` translates the descriptions of the
    keys into the reader's language.
    """
    definitions: dict[str, JsonSchema] = {}
    for model in (RuleDefinition, CapDefinition, AdaptationDefinition):
        schema = model.model_json_schema(by_alias=True)
        definitions |= schema.pop("$defs", {})
        definitions[model.__name__] = schema
    for name, schema in definitions.items():
        _describe(name, schema, translate)
    _complete(definitions)
    return {
        "$schema": JSON_SCHEMA_DIALECT,
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


def _describe(model: str, schema: JsonSchema, translate: Callable[[str], str]) -> None:
    """Replace the titles and docstrings of the models by the descriptions of the keys."""
    schema.pop("title", None)
    schema.pop("description", None)
    for key, inner in schema.get("properties", {}).items():
        for part in _within(inner):
            part.pop("title", None)
            part.pop("description", None)
        said = KEY_DESCRIPTIONS.get(f"{model}.{key}") or KEY_DESCRIPTIONS.get(key)
        if said:
            inner["description"] = translate(said)


def _within(schema: object) -> Iterable[JsonSchema]:
    if isinstance(schema, dict):
        if "properties" not in schema:
            yield schema
        for inner in schema.values():
            yield from _within(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _within(inner)


def _complete(definitions: Mapping[str, JsonSchema]) -> None:
    """Add the closed list of events, and offer facts and conditions as examples."""
    rule = definitions["RuleDefinition"]["properties"]
    rule["on"]["enum"] = list(FACTS_BY_EVENT)
    paths = sorted({path for facts in FACTS_BY_EVENT.values() for path in facts})
    if "Limit" in definitions:
        per = definitions["Limit"]["properties"]["per"]
        per["items"] = {"enum": [PER_MEMBER, *paths]}
    examples = [*dict.fromkeys(_conditions())]
    for model, key in (("Requirement", "that"), ("Row", "when"), ("Group", "where")):
        if model in definitions:
            definitions[model]["properties"][key]["examples"] = examples
    rule["among"]["examples"] = examples


def _conditions() -> Iterable[str]:
    """Yield one example condition for each fact."""
    for path, fact in FACT_CATALOGUE.items():
        if path.startswith(PARAMETER_PREFIX):
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
