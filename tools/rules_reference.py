"""Print the page of every key of a rule file: ``python -m tools.rules_reference [zh] > docs/rules_reference….md``.

The keys and their descriptions come from the models, the examples from the library and docs/rule_examples.
"""

import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from rules.yaml.rule_text import parse_rule_document
from tools.rule_keys import JsonSchema, describe_models
from yihui.runtime.language import Language, load_language

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
