"""The faults of acts on officers: adding, appointing, withdrawing, ending."""

from core.faults import FaultTable
from core.text_marks import N_

OFFICER_ACT_FAULTS = FaultTable(
    "officers",
    {
        "confirmed": (
            N_("no account of {value} waits to be confirmed"),
            N_("nothing is left to do; add or reset the account if its officer can't log in"),
        ),
        "bad_name": (
            N_("{value} is no short name of an officer"),
            N_(
                "write 2 to 32 letters and digits, such as li.min or gh-017; no whole name, no number of a person"
            ),
        ),
        "bad_post": (
            N_("{field} is empty, has more than {longest} characters, or holds a number of a person"),
            N_("write what colleagues call the post, such as 市总财务"),
        ),
        "bad_subject": (
            N_("{field} is empty, has more than {longest} characters, or holds a number of a person"),
            N_("leave it out, or write the name that this person has as an officer already"),
        ),
        "there": (
            N_("there is an officer {value} already"),
            N_("see it with `yihui officers show {value}`; the name of one who left stays with that person"),
        ),
        "unknown": (N_("there is no officer {value}"), N_("all are listed by: yihui officers list")),
        "left": (N_("the officer {value} left on {day}"), N_("add a new officer: yihui officers add")),
        "bad_role": (
            N_("there is no role {value}"),
            N_("choose one of {expected}; see yihui officers roles"),
        ),
        "unknown_organisation": (
            N_("there is no organisation {value} on {day}"),
            N_("compare the code; all are listed by: yihui organisations list"),
        ),
        "past": (N_("a role can't begin on {value}: that day is over"), N_("name today or a later day")),
        "ends_first": (N_("the role would end on {value}, before it begins"), N_("name a later last day")),
        "oneself": (
            N_("{value} is the officer who acts; nobody appoints himself"),
            N_("let a colleague do it, or an administrator of the union above"),
        ),
        "own_deputy": (N_("{value} can't stand in for himself"), N_("name another officer")),
        "no_role_to_stand_in": (
            N_("{value} doesn't have the role {role} for {organisation} on all of these days"),
            N_("a deputy takes over a role as it is: the same role, the same organisation, and no longer"),
        ),
        "open_deputy": (
            N_("a deputy is appointed for some days; the last one is missing"),
            N_("name the last day with --until"),
        ),
        "again": (
            N_("{value} has the role {role} for {organisation} on some of these days already"),
            N_("withdraw that first, or choose other days: yihui officers show {value}"),
        ),
        "not_appointed": (
            N_("{value} doesn't have the role {role} for {organisation}"),
            N_("see the officer's roles: yihui officers show {value}"),
        ),
        "linked": (
            N_("this account of the identity provider belongs to {value} already"),
            N_("an account belongs to one officer; compare --issuer and --subject"),
        ),
        "bad_issuer": (
            N_("{value} is no address of an identity provider"),
            N_("write it as the provider does, such as https://sso.example.org/realms/union"),
        ),
        "no_subject": (
            N_("the account's subject is missing or has more than 255 characters"),
            N_("write the sub that the identity provider gives for this person"),
        ),
    },
)
