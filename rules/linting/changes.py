"""Check that what a rule says of a changed value can have an effect."""

from core.text_marks import N_
from rules.engine.day import build_fixed_benefits
from rules.faults import rule_fault_table
from rules.linting.subject import LintSubject

_FAULTS = rule_fault_table(
    {
        "nobody-waits": (
            N_("on_change: says what becomes of those who wait, but the rule has no waiting list"),
            N_("add waiting_list: true under allocate:, or leave on_change: out"),
        ),
        "reprice-varies": (
            N_("the value depends on the member, so that who waits can't get this version's value"),
            N_("write waiting: keep, or amounts that are the same for all"),
            N_("Who waits was judged by the facts of the day on which the event occurred."),
        ),
    }
)


def check_on_change(subject: LintSubject) -> None:
    """Report on_change: without a waiting list, and a new value that isn't the same for all members."""
    definition = subject.definition
    if definition.on_change is None:
        return
    if not definition.allocate.waiting_list:
        subject.document.add_fault(("on_change",), _FAULTS.build("nobody-waits"))
    day = definition.in_force.since
    if definition.on_change.waiting != "keep" and build_fixed_benefits(subject.rule, day) is None:
        subject.document.add_fault(("on_change", "waiting"), _FAULTS.build("reprice-varies"))
