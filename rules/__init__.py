"""Decide which benefits an event, a member's facts and a date lead to, with every reason. Pure."""

from typing import TYPE_CHECKING

from core.lazy_door import build_door

if TYPE_CHECKING:
    from rules.cases.cases import RuleCase, parse_rule_cases
    from rules.cases.lines import UncoveredLine, find_uncovered_lines
    from rules.cases.run import CaseDifference, CaseRuling, run_case
    from rules.engine.admission import (
        SCARCITY_CODES,
        Admission,
        DecisionUsage,
        PriorGrant,
        TakenSlots,
        admit_decision,
    )
    from rules.engine.decision import (
        AMOUNT_PREFIX,
        AmountTerms,
        ApplicableCap,
        ClawbackTerm,
        Condition,
        ConditionResult,
        Decision,
        DueBenefit,
        EntryTerms,
        GrantDependency,
        LimitSlots,
        Quota,
        fact_values_json,
    )
    from rules.engine.evaluate import evaluate_rules, may_consider_event
    from rules.engine.library import RuleLibrary, build_library
    from rules.engine.rule import Rule, compute_rule_hash
    from rules.engine.usage import (
        DecisionKey,
        GrantEnd,
        StartingUsage,
        Usage,
        UsageChange,
        UsageInMemory,
        UsageKeys,
        admission_counter_amounts,
        budget_key,
        collect_usage_keys,
        limit_key,
        quota_key_of,
        settle_decisions,
        waiting_line_key,
        waiting_list_key,
    )
    from rules.expressions.expression import WrongFactError
    from rules.expressions.typecheck import KIND_TITLES
    from rules.facts import (
        FACT_CATALOGUE,
        FACT_VALUE_TITLES,
        FACTS_BY_EVENT,
        FESTIVALS,
        EventFacts,
        Fact,
        FactValue,
        facts_for_event,
        payload_facts,
    )
    from rules.faults import RuleFaults
    from rules.loading.loader import lint_rule_files, load_library
    from rules.model.allocation import Allocation
    from rules.model.benefit import Benefit, Formula, RedeemAt, Row
    from rules.model.definition import RuleDefinition, content_hash
    from rules.model.figures import Basis, CapDefinition, Parameter, ParameterValue
    from rules.model.period import Span, build_span, expiry_day, last_day, period_key, rolling_days
    from rules.model.process import Process
    from rules.model.terms import Dependency, Limit, LowerLevels
    from rules.overrides.definition import (
        AdaptationDefinition,
        Amendments,
        end_adaptation_on,
        end_rule_on,
    )
    from rules.territory import OrganisationTransfer, PlacedCode, territory_covers
    from rules.yaml.rule_text import MAX_RULE_FILE_CHARACTERS
else:
    __getattr__ = build_door(__name__)
