"""Print the page of every key of a rule file: ``python -m tools.rules_reference [zh] > docs/rules_reference….md``.

The keys and their descriptions come from the models, the examples from the library and docs/rule_examples.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.text_marks import N_
from rules.facts import FACTS_BY_EVENT
from rules.model.definition import RuleDefinition
from rules.model.figures import CapDefinition
from rules.overrides.definition import AdaptationDefinition
from rules.yaml.rule_text import parse_rule_document
from yihui.runtime.language import Language, load_language

JsonSchema = dict[str, Any]
KEY_DESCRIPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "id": N_("the rule's id, the same in all of its versions: small letters, digits, hyphens"),
        "title": N_("what members read as the name"),
        "purpose": N_("what sensitive facts are read for; needed as soon as one is read"),
        "basis": N_("where the figures come from: a document with its clause, a report, or an example"),
        "owner": N_("code of the organisation; the rule holds for it and all below it"),
        "in_force": N_("first and last day of this version; without until: it goes on"),
        "programme": N_("the days that all versions of one programme count together"),
        "on": N_("the event that the rule reacts to"),
        "parameters": N_(
            "figures with a name, read as param.<name>; a lower level may set those that may_set: names"
        ),
        "among": N_("whom the rule concerns; others aren't told about it"),
        "require": N_("what must hold; every condition says what to tell and what to do when it doesn't"),
        "benefit": N_("what is given: one part, or a list of parts granted together"),
        "limit": N_(
            "how often somebody may be granted it; the day on which it happened decides the period, and of several limits each must have room"
        ),
        "allocate": N_("who gets it where there is not enough for all"),
        "depends": N_("what must be so of other rules"),
        "budget": N_("the budget that pays it"),
        "together": N_("whether the benefit and what lower levels add are granted only together"),
        "claim": N_("until when it must be claimed"),
        "expires": N_(
            "how long it can be used, like P90D, P3M or P1Y, or up to end_of_year or end_of_next_year; cash has no end"
        ),
        "clawback": N_("what is taken back when an event follows soon after"),
        "grace": N_("how late an event may become known"),
        "caps": N_("the caps that hold for it"),
        "process": N_("how an application is dealt with before it is confirmed"),
        "lower_levels": N_("what organisations below may change"),
        "member_as_of": N_(
            "happened_on: what is known of the member on the day on which it happened counts; without it, on the day of the event"
        ),
        "mode": N_("everyone; first_come: who comes first; lottery: by lot; by_rank: the highest rank first"),
        "quota": N_("how many may be granted in each period"),
        "quota_per": N_("the quota counts for each combination of these facts"),
        "quotas": N_("places of single organisations and all below them"),
        "every": N_(
            "when counting begins anew: once, calendar_year, quarter, month, programme_period, rule_lifetime, rolling 365 days, or from/until"
        ),
        "share": N_(
            "places as a share of all whom the rule considers in the period, counted when entries close"
        ),
        "Share.places": N_("so many places"),
        "of": N_("of every so many participants"),
        "Share.round": N_("how a part of a place is rounded: down or up"),
        "rank": N_("an expression for a number; the highest is granted first"),
        "entries": N_("the days on which entries are collected"),
        "weight": N_("an expression for a whole number of at least 1: how many lots somebody has"),
        "groups": N_("places kept for those for whom where: holds"),
        "waiting_list": N_("whether who comes too late is put on a list"),
        "Basis.kind": N_("document: a document with its clause; reported: a report; example: ours"),
        "document": N_("name and number of the document"),
        "clause": N_("the clause of the document"),
        "source": N_("who reported it, and when"),
        "note": N_("what should be known about it"),
        "name": N_("the name of this part"),
        "kind": N_("cash, voucher, item, points, place or service"),
        "amount_fen": N_("its worth in fen (100 fen are 1 yuan)"),
        "amount": N_("an amount by expression, with floor, ceiling and rounding"),
        "table": N_("amounts by case: the first row that holds decides"),
        "quantity": N_("how many of the unit"),
        "unit": N_("the unit, like 张, 份 or fen"),
        "partial": N_("whether what is left of the budget is granted where the whole amount isn't left"),
        "uses": N_("how many times the voucher can be used"),
        "redeem_at": N_("where it can be redeemed; all filters must hold"),
        "within": N_("how long, like P30D"),
        "share_percent": N_("how much is taken back, in percent"),
        "text": N_("what the member is told"),
        "after": N_("the rule that must have been granted before"),
        "state": N_("granted, or used as well"),
        "better_of": N_("of these and this one only the most valuable is granted"),
        "else": N_("what a member is told when it doesn't hold"),
        "remedy": N_("what the member, or the union, can do about it"),
        "expression": N_("an expression for an amount in fen"),
        "floor_fen": N_("at least so many fen"),
        "ceiling_fen": N_("at most so many fen"),
        "round": N_("down, up, half_up or half_even"),
        "to_fen": N_("rounded to multiples of so many fen"),
        "where": N_("a condition: whom the places are kept for"),
        "Limit.where": N_("a condition: whom the limit binds; without it everybody"),
        "shared": N_(
            "a name: all rules of this owner with a limit of that name count together; the choice of gifts"
        ),
        "places": N_("how many places"),
        "times": N_("how many times in each period"),
        "per": N_("counted for each member, household or other fact"),
        "on_change": N_("what becomes of those who wait when this version changes the value"),
        "waiting": N_(
            "keep: the value that held when they came; reprice: this version's; ask: an officer decides"
        ),
        "may_set": N_("the parameters that may be set within their least: and most:"),
        "may_require": N_("whether conditions may be added"),
        "may_top_up": N_("how much may be added"),
        "most_fen": N_("at most so many fen"),
        "value": N_("the value"),
        "least": N_("the least that it may be set to"),
        "most": N_("the most that it may be set to"),
        "Process.programme": N_("the name of the programme that is applied for"),
        "attachments": N_("how many attachments at least"),
        "reviews": N_("the stages of review, in order, by different reviewers"),
        "public_notice": N_("how long it is shown to the public"),
        "work_days": N_(
            "within how many work-days officers finish a stage: its name, or publish, objections, confirm"
        ),
        "days": N_("how many days"),
        "window": N_("the days of each year on which applications are taken, by the first submission"),
        "Process.within": N_("within how many days of event.happened_on it is applied for first, like P90D"),
        "YearlyWindow.from": N_("first day of each year's, as MM-DD"),
        "YearlyWindow.until": N_("last day of each year's, included; before the first: of the next year"),
        "counted": N_("days, or work_days only"),
        "kinds": N_("kinds of stations"),
        "facilities": N_("facilities that the station has"),
        "access": N_("who is admitted"),
        "districts": N_("codes of districts"),
        "stations": N_("ids of stations"),
        "that": N_("a condition over facts, like member.status == 'active' (yihui rules facts lists them)"),
        "when": N_("a condition over facts: when this row decides"),
        "from": N_("first day of the span"),
        "until": N_("the last day, included"),
        "rows": N_("the rows, from the special to the general"),
        "file": N_("a decision table in GoRules JDM"),
        "cap": N_("the cap's id"),
        "CapDefinition.per": N_(
            "grant: for each grant; member_and_year: for all that a member is granted in a year"
        ),
        "adapts": N_("the id of the higher level's rule that is adapted"),
        "set": N_("values for the parameters that may be set"),
        "top_up": N_("what is added, out of a budget of one's own"),
        "amounts": N_("what is allowed, each until the next one begins"),
    }
)


def describe_models(translate: Callable[[str], str]) -> dict[str, JsonSchema]:
    """Return the schema of each model by its name; ``translate`` translates what the keys mean."""
    models: dict[str, JsonSchema] = {}
    for model in (RuleDefinition, CapDefinition, AdaptationDefinition):
        schema = model.model_json_schema(by_alias=True)
        models |= schema.pop("$defs", {})
        models[model.__name__] = schema
    models["RuleDefinition"]["properties"]["on"]["enum"] = list(FACTS_BY_EVENT)
    for name, schema in sorted(models.items()):
        for key, inner in schema.get("properties", {}).items():
            inner["description"] = translate(KEY_DESCRIPTIONS.get(f"{name}.{key}") or KEY_DESCRIPTIONS[key])
    return dict(sorted(models.items()))


EXAMPLES_FOLDER = Path(__file__).parents[1] / "docs" / "rule_examples"
_ROOTS = {"cap": "CapDefinition", "adapts": "AdaptationDefinition"}
_MODELS = ("RuleDefinition", "AdaptationDefinition", "CapDefinition")  # the others follow by name
_MOST_LINES = 2
Key = tuple[str, str]
"""A model of the schema, and one of its keys."""


def render_page(language: Language) -> str:
    """Render the page: one section for each model, one item for each key."""
    schema = describe_models(language.translate)
    examples = collect_examples(schema)
    parts = [_HEADS[language.code]]
    others = [name for name in schema if name not in _MODELS]
    for model in (*_MODELS, *others):
        properties = schema[model].get("properties", {})
        if properties:
            parts.append(f"## {model.removesuffix('Definition')}")
            parts.append(
                "\n".join(
                    _item(key, f"{inner['description']}{_end_text(inner, language)}", examples[model, key])
                    for key, inner in properties.items()
                )
            )
    return "\n\n".join(parts) + "\n"


_HEADS = {
    "en": "# Keys of a rule file\n\nThis page is generated: `python -m tools.rules_reference > docs/rules_reference.md`. A "
    "test compares it with the models. The examples are lines of the library and of "
    "[docs/rule_examples](rule_examples).",
    "zh": "# 规则文件的各个键\n\n本页由 `python -m tools.rules_reference zh > docs/rules_reference.zh.md` 生成，有测试与模型比对。"
    "例子取自规则库和 [docs/rule_examples](rule_examples)。",
}
_CHOICES = {"en": "; one of {values}.", "zh": "；可选：{values}。"}
_STOPS = {"en": ".", "zh": "。"}


def _item(key: str, text: str, example: str) -> str:
    """Render a key: its name, what it means, and its example, below where it has two lines."""
    if "\n" not in example:
        return f"- **{key}**: {text} `{example}`"
    fenced = "\n".join(f"  {line}" for line in ("```yaml", *example.splitlines(), "```"))
    return f"- **{key}**: {text}\n\n{fenced}"


def _end_text(inner: JsonSchema, language: Language) -> str:
    for option in (inner, *inner.get("anyOf", ())):
        values = option.get("enum") or option.get("items", {}).get("enum")
        if values and len(values) <= 40:
            shown = language.format_list(f"`{value}`" for value in values)
            return _CHOICES[language.code].format(values=shown)
    return _STOPS[language.code]


def collect_examples(schema: JsonSchema) -> Mapping[Key, str]:
    """Return the shortest example of each key: its line in a file, and the next line where the value goes on."""
    found: dict[Key, str] = {}
    for text in _texts():
        document = parse_rule_document("", text)
        value = document.value
        root = next(
            (m for key, m in _ROOTS.items() if isinstance(value, dict) and key in value), "RuleDefinition"
        )
        lines = text.splitlines()
        for path, place in document.key_spots.items():
            for model in _models_at(schema, root, path[:-1]):
                example = _example(lines, place.line)
                key = (model, str(path[-1]))
                if key not in found or len(example) < len(found[key]):
                    found[key] = example
    return found


def _texts() -> Iterator[str]:
    for folder in ("library", "caps"):
        for entry in sorted(files("rules").joinpath(folder).iterdir(), key=lambda entry: entry.name):
            yield entry.read_text("utf-8")
    for path in sorted(EXAMPLES_FOLDER.glob("*.yaml")):
        yield path.read_text("utf-8")


def _example(lines: list[str], line: int) -> str:
    first = lines[line - 1]
    indent = len(first) - len(first.lstrip())
    rest = lines[line : line + _MOST_LINES - 1]
    taken = [first, *(below for below in rest if len(below) - len(below.lstrip()) > indent)]
    return "\n".join(one[indent:].rstrip() for one in taken)


def _models_at(schema: JsonSchema, root: str, path: tuple[Any, ...]) -> set[str]:
    """Return the models whose keys stand at a path below the root."""
    options = _options(schema, {"$ref": root})
    for part in path:
        if isinstance(part, str):
            options = [
                inner
                for _, node in options
                for below in _below(node, part)
                for inner in _options(schema, below)
            ]
    return {name for name, node in options if name and "properties" in node}


def _below(node: JsonSchema, part: str) -> Iterator[JsonSchema]:
    if part in node.get("properties", {}):
        yield node["properties"][part]
    elif "properties" not in node:
        yield from node.get("patternProperties", {}).values()
        if isinstance(node.get("additionalProperties"), dict):
            yield node["additionalProperties"]


def _options(schema: JsonSchema, node: JsonSchema, name: str = "") -> list[tuple[str, JsonSchema]]:
    """Return what a node may be: itself, what it refers to, its alternatives and its items."""
    if "$ref" in node:
        named = node["$ref"].rsplit("/", 1)[-1]
        return _options(schema, schema[named], named)
    found = [(name, node)]
    for inner in (*node.get("anyOf", ()), *([node["items"]] if "items" in node else ())):
        found += _options(schema, inner)
    return found


if __name__ == "__main__":
    sys.stdout.write(render_page(load_language(sys.argv[1] if len(sys.argv) > 1 else "en")))
