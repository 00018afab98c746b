"""Read drafts beside the rules in force: a draft replaces the versions that have its id on its days."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from rules import AdaptationDefinition, Amendments, Rule, Span
from rules.yaml.rule_text import parse_rule_document
from yihui.services.rules.in_force import Amendment


@dataclass(frozen=True, slots=True)
class DraftAmendment(Amendments):
    """Amend rules as the database does, but leave drafts unchanged and remove what they replace.

    A draft replaces the rules in force that have its id on its days.
    """

    names: Collection[str]
    spans: Sequence[tuple[str, Span]]
    amend: Amendment

    @classmethod
    def of_texts(cls, texts: Sequence[tuple[str, str]], amend: Amendment) -> "DraftAmendment":
        """Return the amendment beside drafts with these names and texts."""
        spans = [stated for name, text in texts if (stated := _stated(name, text)) is not None]
        return cls({name for name, _ in texts}, spans, amend)

    def rule(self, rule: Rule) -> Rule | None:
        if rule.file in self.names:
            return rule
        left = self.amend.rule(rule)
        if left is None:
            return None
        return None if self._is_replaced(rule.id, left.definition.in_force) else left

    def adaptation(self, adaptation: AdaptationDefinition, file: str) -> AdaptationDefinition | None:
        if file in self.names:
            return adaptation
        left = self.amend.adaptation(adaptation, file)
        return None if left is None or self._is_replaced(left.id, left.in_force) else left

    def _is_replaced(self, id: str, span: Span) -> bool:
        return any(draft == id and other.overlaps(span) for draft, other in self.spans)


def _stated(name: str, text: str) -> tuple[str, Span] | None:
    """Return the id and days of a rule or adaptation, or None for other files and those the loader will
    refuse.
    """
    value = parse_rule_document(name, text).value
    if not isinstance(value, dict) or not ("id" in value or "adapts" in value):
        return None
    id = f"{value['adapts']}@{value.get('owner')}" if "adapts" in value else str(value["id"])
    try:
        return id, Span.model_validate(value.get("in_force"))
    except ValidationError:
        return None
