"""Whether a rule may consider anybody for an event, before anything is known of a member."""

from collections.abc import Mapping

from rules.engine.rule import Rule
from rules.expressions.evaluator import UNDECIDED, PartialFacts
from rules.facts import FactValue


def may_consider_event(rule: Rule, event: Mapping[str, FactValue]) -> bool:
    """Return whether ``among`` can hold for an event of which these facts are known, whoever the member is.

    The member's facts count as not chosen yet, not as unknown: the answer is false only if it is for everybody.
    """
    if not rule.first_required_index:
        return True
    verdict = rule.compiled.evaluators[0](PartialFacts({**rule.definition.parameter_values, **event}))
    return verdict is True or verdict is UNDECIDED
