"""Find a rule as it applies at one organisation: as stated, or merged with what the levels above it adapted."""

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members import is_organisation_code
from rules import Rule, RuleLibrary
from yihui.bootstrap import Wiring
from yihui.runtime.arguments import CANNOT_BE, parse_day

RULE_PLACE_FAULTS = FaultTable(
    "usage",
    {
        "organisation": (
            CANNOT_BE,
            N_("write the organisation's code: 6 digits, 9 digits, or 9 digits-number"),
        ),
        "no_rule": (N_("--at needs the rule's id"), N_("name the rule")),
    },
)
RULE_LAYER_FAULTS = FaultTable(
    "rule_layer",
    {
        "not_in_force": (
            N_("on {on} no version of the rule {value} is in force at {at}"),
            N_("look which there are: yihui rules show; another day: --on"),
        ),
    },
)


def find_rule_at_place(
    wiring: Wiring, library: RuleLibrary, rule_id: str | None, at: str, on: str | None
) -> Rule:
    """Return the rule that holds for an organisation on a day, or today. *Raises*: FaultError."""
    day = parse_day(on) if on is not None else civil_date(wiring.now())
    if not is_organisation_code(at):
        raise FaultError(RULE_PLACE_FAULTS.build("organisation", field="--at", value=at))
    if rule_id is None:
        raise FaultError(RULE_PLACE_FAULTS.build("no_rule", field="RULE"))
    for event in library.by_event:
        for rule in library.candidates(event, at, day):
            if rule.id == rule_id:
                return rule
    raise FaultError(RULE_LAYER_FAULTS.build("not_in_force", field="RULE", value=rule_id, on=f"{day}", at=at))
