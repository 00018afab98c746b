"""Given an event, a member's facts and a date: what is due, why or why not. Pure."""

from rules.cases.cases import RuleCase, read_cases
from rules.cases.lines import Untouched, untouched
from rules.cases.run import Difference, Ruling, run_case
from rules.engine.admission import SCARCE, Admission, Earlier, Refusal, SlotsTaken, Used, admit, yuan
from rules.engine.decision import (
    CapUse,
    Checked,
    Condition,
    Decision,
    Demand,
    Due,
    Entry,
    Quota,
    Rival,
    Slots,
    Takeback,
    values_as_data,
)
from rules.engine.evaluate import evaluate
from rules.engine.library import Library, library_of
from rules.engine.rule import Rule, hash_of
from rules.engine.usage import (
    Taking,
    Touched,
    Usage,
    UsageInMemory,
    budget_key,
    cap_key,
    counted,
    limit_key,
    line_key,
    quota_key,
    settle,
    touched,
)
from rules.event import EventFacts
from rules.expressions.conditions import WrongFactError
from rules.expressions.likeness import KIND_TITLES
from rules.facts import CATALOGUE, EVENTS, Fact, Value, facts_for, payload_of
from rules.finding import Finding, RuleFaults
from rules.loading.loader import layers_in, lint, load_library
from rules.loading.schema import rule_schema
from rules.model.adaptation import LowerLevels
from rules.model.allocation import Allocation
from rules.model.basis import Basis
from rules.model.benefit import Benefit, Formula, RedeemAt, Row, Table
from rules.model.cap import CapDefinition
from rules.model.definition import RuleDefinition, content_hash
from rules.model.dependency import Dependency
from rules.model.every import Every, rolling_days
from rules.model.limit import Limit
from rules.model.parameter import Parameter, ParameterValue
from rules.model.period import last_day, period_key
from rules.model.process import Process
from rules.model.span import Span
from rules.model.terms import Claim, Clawback
from rules.overrides.ending import (
    Amend,
    AmendAdaptation,
    adaptation_as_written,
    adaptation_ended,
    as_written,
    ended,
)
from rules.overrides.file import AdaptationDefinition
from rules.overrides.merging import Layer, nearest
from rules.territory import covers
from rules.yaml.diagnostics import Range, ranges
from rules.yaml.yaml_text import LARGEST_FILE

__all__ = [
    "CATALOGUE",
    "EVENTS",
    "KIND_TITLES",
    "LARGEST_FILE",
    "SCARCE",
    "AdaptationDefinition",
    "Admission",
    "Allocation",
    "Amend",
    "AmendAdaptation",
    "Basis",
    "Benefit",
    "CapDefinition",
    "CapUse",
    "Checked",
    "Claim",
    "Clawback",
    "Condition",
    "Decision",
    "Demand",
    "Dependency",
    "Difference",
    "Due",
    "Earlier",
    "Entry",
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
    "Range",
    "RedeemAt",
    "Refusal",
    "Rival",
    "Row",
    "Rule",
    "RuleCase",
    "RuleDefinition",
    "RuleFaults",
    "Ruling",
    "Slots",
    "SlotsTaken",
    "Span",
    "Table",
    "Takeback",
    "Taking",
    "Touched",
    "Untouched",
    "Usage",
    "UsageInMemory",
    "Used",
    "Value",
    "WrongFactError",
    "adaptation_as_written",
    "adaptation_ended",
    "admit",
    "as_written",
    "budget_key",
    "cap_key",
    "content_hash",
    "counted",
    "covers",
    "ended",
    "evaluate",
    "facts_for",
    "hash_of",
    "last_day",
    "layers_in",
    "library_of",
    "limit_key",
    "line_key",
    "lint",
    "load_library",
    "nearest",
    "payload_of",
    "period_key",
    "quota_key",
    "ranges",
    "read_cases",
    "rolling_days",
    "rule_schema",
    "run_case",
    "settle",
    "touched",
    "untouched",
    "values_as_data",
    "yuan",
]
