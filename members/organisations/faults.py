"""Faults for which an act on an organisation, or an event that names one, can't be carried out."""

from core.faults import FaultTable
from core.text_marks import N_

_LOOK = N_("look it up: yihui organisations show {value}")
ORGANISATION_FAULTS = FaultTable(
    "organisation",
    {
        "already_founded": (
            N_("{value} was founded already, on {day}"),
            N_("rename or move it, or give the new organisation another code"),
        ),
        "not_on_day": (N_("there is no organisation {value} on {day}"), _LOOK),
        "ended": (
            N_("{value} ended on {day}"),
            N_("name the organisation that its members went to ({into})"),
        ),
        "ended_for_good": (N_("{value} ended on {day}"), N_("name an organisation that goes on")),
        "unknown_parent": (
            N_("there is no organisation {value} on {day} to be the parent"),
            N_("found the parent first, or leave the parent out where the form of the code says it"),
        ),
        "before_parent": (
            N_("{day} lies before the day on which its parent {value} was founded ({founded})"),
            N_("correct one of the two dates"),
        ),
        "own_ancestor": (
            N_("{value} is {organisation} itself or lies below it"),
            N_("choose a parent outside of its own tree"),
        ),
        "credit_code_taken": (
            N_("the unified social credit code {value} belongs to {organisation} already"),
            N_("correct one of the two; an employer has one union of this code"),
        ),
        "into_itself": (N_("{value} can't go into itself"), N_("name another organisation")),
        "later_act": (
            N_("something happened to {value}, or came below it, on a later day, {day}"),
            N_("correct the date, or the later act first"),
        ),
        "members_left": (
            N_("{value} still has {members} members and {below} organisations below it"),
            N_("name the organisation where they go"),
        ),
        "not_a_member": (
            N_("{member} is no member of {value}"),
            N_("take the member out of the list; members of other organisations stay where they are"),
        ),
    },
)
