"""Given an event, a member's facts and a date: what is due, why or why not. Pure."""

from rules.adaptation import LowerLevels
from rules.adaptation_file import AdaptationDefinition, adaptation_schema
from rules.admission import Admission, Refusal, Used, admit, yuan
from rules.allocation import Allocation
from rules.basis import Basis
from rules.benefit import Benefit, Formula, RedeemAt, Row, Table
from rules.cap import CapDefinition
from rules.conditions import WrongFactError
from rules.decision import CapUse, Checked, Condition, Decision, Due, Quota, Slots, values_as_data
from rules.definition import RuleDefinition, content_hash, json_schema
from rules.dependency import Dependency
from rules.ending import Amend, as_written, ended
from rules.evaluate import evaluate
from rules.event import EventFacts
from rules.every import Every, rolling_days
from rules.facts import CATALOGUE, EVENTS, Fact, Value, facts_for, payload_of
from rules.finding import Finding, RuleFaults
from rules.library import Library, library_of
from rules.likeness import KIND_TITLES
from rules.limit import Limit
from rules.loader import layers_in, lint, load_library
from rules.merging import Layer, nearest
from rules.parameter import Parameter, ParameterValue
from rules.period import last_day, period_key
from rules.process import Process
from rules.rule import Rule
from rules.span import Span
from rules.terms import Claim, Clawback
from rules.territory import covers
from rules.yaml_text import LARGEST_FILE

__all__ = [
    "CATALOGUE",
    "EVENTS",
    "KIND_TITLES",
    "LARGEST_FILE",
    "AdaptationDefinition",
    "Admission",
    "Allocation",
    "Amend",
    "Basis",
    "Benefit",
    "CapDefinition",
    "CapUse",
    "Checked",
    "Claim",
    "Clawback",
    "Condition",
    "Decision",
    "Dependency",
    "Due",
    "EventFacts",
    "Every",
    "Fact",
    "Finding",
    "Formula",
    "Layer",
    "Library",
    "Limit",
    "LowerLevels",
    "Parameter",
    "ParameterValue",
    "Process",
    "Quota",
    "RedeemAt",
    "Refusal",
    "Row",
    "Rule",
    "RuleDefinition",
    "RuleFaults",
    "Slots",
    "Span",
    "Table",
    "Used",
    "Value",
    "WrongFactError",
    "adaptation_schema",
    "admit",
    "as_written",
    "content_hash",
    "covers",
    "ended",
    "evaluate",
    "facts_for",
    "json_schema",
    "last_day",
    "layers_in",
    "library_of",
    "lint",
    "load_library",
    "nearest",
    "payload_of",
    "period_key",
    "rolling_days",
    "values_as_data",
    "yuan",
]
