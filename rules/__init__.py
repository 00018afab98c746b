"""Decide which benefits an event, a member's facts and a date lead to, with every reason. Pure."""

from typing import TYPE_CHECKING

from lazy_loader import attach

if TYPE_CHECKING:
    from rules.cases.cases import RuleCase, parse_rule_cases
    from rules.cases.lines import UncoveredLine, find_uncovered_lines
    from rules.cases.run import CaseDifference, CaseRuling, run_case
    from rules.engine.admission import Admission, DecisionUsage, PriorGrant, TakenSlots, admit_decision
    from rules.engine.decision import (
        AMOUNT_PREFIX, FIRST_DAY, AmountTerms, ApplicableCap, ClawbackTerm, Condition, ConditionResult, Decision,
        DueBenefit, EntryTerms, GrantDependency, LimitSlots, Quota, fact_values_json,
    )  # fmt: skip
    from rules.engine.evaluate import evaluate_rules, find_version_day, may_consider_event
    from rules.engine.library import RuleLibrary, build_library
    from rules.engine.rule import Rule, compute_rule_hash
    from rules.engine.usage import (
        SHARED_PREFIX, DecisionKey, GrantEnd, StartingUsage, UsageChange, UsageInMemory, UsageKeys,
        admission_counter_amounts, budget_key, collect_usage_keys, limit_key, quota_key_of, settle_decisions,
        waiting_line_key, waiting_list_key,
    )  # fmt: skip
    from rules.event_facts import EventFacts
    from rules.expressions.expression import WrongFactError
    from rules.expressions.typecheck import KIND_TITLES
    from rules.facts import (
        FACT_CATALOGUE, FACT_VALUE_TITLES, FACTS_BY_EVENT, FESTIVALS, Fact, FactValue,
        facts_for_event, payload_facts,
    )  # fmt: skip
    from rules.faults import RuleFaults
    from rules.loading.loader import lint_rule_files, load_library
    from rules.model.allocation import Allocation
    from rules.model.benefit import Benefit, Formula, RedeemAt, Row
    from rules.model.definition import RuleDefinition, content_hash
    from rules.model.figures import Basis, CapDefinition, Parameter, ParameterValue
    from rules.model.period import Span, build_span, expiry_day, last_day, period_key, rolling_days
    from rules.model.process import Process
    from rules.model.terms import Dependency, Limit, LowerLevels
    from rules.overrides.definition import AdaptationDefinition, Amendments, end_adaptation_on, end_rule_on
    from rules.territory import OrganisationTransfer, PlacedCode, territory_covers
    from rules.yaml.rule_text import MAX_RULE_FILE_CHARACTERS
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        submod_attrs={
            "cases.cases": ["RuleCase", "parse_rule_cases"],
            "cases.lines": ["UncoveredLine", "find_uncovered_lines"],
            "cases.run": ["CaseDifference", "CaseRuling", "run_case"],
            "engine.admission": ["Admission", "DecisionUsage", "PriorGrant", "TakenSlots", "admit_decision"],
            "engine.decision": ["AMOUNT_PREFIX", "FIRST_DAY", "AmountTerms", "ApplicableCap", "ClawbackTerm",
                "Condition", "ConditionResult", "Decision", "DueBenefit", "EntryTerms", "GrantDependency", "LimitSlots",
                "Quota", "fact_values_json"],
            "engine.evaluate": ["evaluate_rules", "find_version_day", "may_consider_event"],
            "engine.library": ["RuleLibrary", "build_library"],
            "engine.rule": ["Rule", "compute_rule_hash"],
            "engine.usage": ["SHARED_PREFIX", "DecisionKey", "GrantEnd", "StartingUsage", "UsageChange", "UsageInMemory",
                "UsageKeys", "admission_counter_amounts", "budget_key", "collect_usage_keys", "limit_key",
                "quota_key_of", "settle_decisions", "waiting_line_key", "waiting_list_key"],
            "event_facts": ["EventFacts"],
            "expressions.expression": ["WrongFactError"],
            "expressions.typecheck": ["KIND_TITLES"],
            "facts": ["FACT_CATALOGUE", "FACT_VALUE_TITLES", "FACTS_BY_EVENT", "FESTIVALS",
                "Fact", "FactValue", "facts_for_event", "payload_facts"],
            "faults": ["RuleFaults"],
            "loading.loader": ["lint_rule_files", "load_library"],
            "model.allocation": ["Allocation"],
            "model.benefit": ["Benefit", "Formula", "RedeemAt", "Row"],
            "model.definition": ["RuleDefinition", "content_hash"],
            "model.figures": ["Basis", "CapDefinition", "Parameter", "ParameterValue"],
            "model.period": ["Span", "build_span", "expiry_day", "last_day", "period_key", "rolling_days"],
            "model.process": ["Process"],
            "model.terms": ["Dependency", "Limit", "LowerLevels"],
            "overrides.definition": ["AdaptationDefinition", "Amendments", "end_adaptation_on",
                "end_rule_on"],
            "territory": ["OrganisationTransfer", "PlacedCode", "territory_covers"],
            "yaml.rule_text": ["MAX_RULE_FILE_CHARACTERS"],
        },
    )  # fmt: skip
