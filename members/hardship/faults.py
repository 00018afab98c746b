"""Faults of case files: acts that a case or a visit refuses, and what is wrong with what was written."""

from core.faults import FaultError, FaultTable
from core.text_marks import N_


class HardshipRefused(FaultError):
    """An act that a case file, or a visit, refuses."""


HARDSHIP_FAULTS = FaultTable(
    "hardship",
    {
        "unknown_case": (N_("there is no case file {value}"), N_("look its number up: yihui hardship list")),
        "unknown_line": (N_("there is no line of income {value}"), N_("look its number up in the list")),
        "unknown_visit": (
            N_("the case file has no visit {value}"),
            N_("look the visits up: yihui hardship show"),
        ),
        "changed": (
            N_("case file {value} was changed meanwhile: it is at version {version} now, and you saw {seen}"),
            N_("look at it again (yihui hardship show), and act on what it says now"),
        ),
        "not_now": (
            N_("a case file that is {state} can't be changed by: {act}"),
            N_("what is possible now: {possible}"),
        ),
        "visit_not_now": (
            N_("a visit that is {state} can't be changed by: {act}"),
            N_("plan another visit, or leave this one as it is"),
        ),
        "under_way": (
            N_("the case file has visits that are under way: {value}"),
            N_("record the receipt, or that the money came back, and close the case file then"),
        ),
        "has_case": (
            N_("{value} belongs to case file {case} already"),
            N_("change that case file; a household has one"),
        ),
        "unknown_member": (
            N_("{value} is on no roll of yours"),
            N_("check the member's id; a person without membership has none"),
        ),
        "unknown_organisation": (
            N_("there is no organisation {value} today"),
            N_("look the code up: yihui organisations list"),
        ),
        "twice": (N_("{value} is in the list twice"), N_("write each member once")),
        "amount": (
            N_("{field}: {value} yuan is not possible here"),
            N_("write an amount above 0, of at most {most} yuan"),
        ),
        "day": (
            N_("{field}: {value} is not a day on which the visit can be"),
            N_("choose today, or a day within the next {most} days"),
        ),
        "not_of_household": (
            N_("{value} is not a member of this household"),
            N_("name the member to whom the money is given: {known}"),
        ),
        "receipt_stays": (
            N_("the receipt of a visit proves that its money was handed over, and isn't deleted alone"),
            N_("it goes with the member's data, when they are deleted"),
        ),
        "no_vault": (
            N_("names can't be stored: there is no key of the vault"),
            N_("make one: yihui members vault create-key"),
        ),
        "receipt_used": (
            N_("the same receipt was recorded for another visit: {value}"),
            N_("choose the receipt of this visit"),
        ),
        "no_rule": (
            N_("no rule in force gives money for visits (programme {value})"),
            N_("write one and let it be approved: yihui rules draft --from hardship-visit"),
        ),
        "stopped": (N_("the rule for visits is stopped"), N_("resume it first: yihui rules resume")),
        "other_amount": (
            N_("the rules would give {value} fen, the visit says {planned}"),
            N_("plan the visit again with the amount that the rules give"),
        ),
        "no_change": (N_("nothing was changed"), N_("say what is different now")),
    },
)
