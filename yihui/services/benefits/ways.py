"""How a member comes to a benefit about which nothing was decided: its rule of today, the form, her application."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import Rule
from yihui.bootstrap import Wiring
from yihui.cases.applications.listed import ListedApplication
from yihui.cases.applications.own_applications import (
    ApplicableRule,
    build_applicable,
    find_open_application,
    load_applicant,
)
from yihui.cases.applications.rule_forms import RuleReason, list_reasons


@dataclass(frozen=True, slots=True)
class WayToBenefit:
    """A rule of today with what stands in the member's way as things are known now.

    ``applicable`` is None without a form of its own; ``application`` is hers that is not finished.
    """

    rule: Rule
    reasons: Sequence[RuleReason]
    applicable: ApplicableRule | None = None
    application: ListedApplication | None = None


def find_way_to_benefit(wiring: Wiring, member: str, rule: str) -> WayToBenefit | None:
    """Find how a member comes to a benefit; None if its rule is not for her union today."""
    with wiring.database.read() as connection:
        applicant = load_applicant(wiring, connection, member)
        library, placed, today = applicant.library, applicant.placed, applicant.today
        events = sorted({one.definition.on for one in library.versions(rule)})
        held = (one for event in events for one in library.candidates(event, placed, today))
        found = next((one for one in held if one.id == rule), None)
        if found is None:
            return None
        if found.definition.process is None:
            return WayToBenefit(found, list_reasons(found, applicant.facts, today))
        form = build_applicable(wiring, connection, applicant, found)
        mine = (
            find_open_application(wiring, connection, applicant, form.form, None)
            if form.open_number
            else None
        )
    return WayToBenefit(found, form.reasons, form, mine)
