"""Given an event, a member's facts and a date: what is due, why or why not. Pure."""

from rules.admission import Admission, Refusal, Used, admit, yuan
from rules.conditions import WrongFactError
from rules.decision import CapUse, Checked, Condition, Decision, Due, Quota, Slots, values_as_data
from rules.definition import CapDefinition, RuleDefinition, Span, content_hash, json_schema
from rules.evaluate import evaluate
from rules.event import EventFacts
from rules.facts import CATALOGUE, EVENTS, Fact, Value, facts_for, payload_of
from rules.finding import Finding, RuleFaults
from rules.library import Library, library_of
from rules.likeness import KIND_TITLES
from rules.loader import lint, load_library
from rules.period import last_day, period_key
from rules.rule import Rule
from rules.territory import covers
from rules.yaml_text import LARGEST_FILE

__all__ = [
    "CATALOGUE",
    "EVENTS",
    "KIND_TITLES",
    "LARGEST_FILE",
    "Admission",
    "CapDefinition",
    "CapUse",
    "Checked",
    "Condition",
    "Decision",
    "Due",
    "EventFacts",
    "Fact",
    "Finding",
    "Library",
    "Quota",
    "Refusal",
    "Rule",
    "RuleDefinition",
    "RuleFaults",
    "Slots",
    "Span",
    "Used",
    "Value",
    "WrongFactError",
    "admit",
    "content_hash",
    "covers",
    "evaluate",
    "facts_for",
    "json_schema",
    "last_day",
    "library_of",
    "lint",
    "load_library",
    "payload_of",
    "period_key",
    "values_as_data",
    "yuan",
]
