"""The faults of those who may not do what they asked for."""

from core.faults import FaultTable
from core.text_marks import N_
from yihui.access.decide import Refusal

AUTHORISATION_FAULTS = FaultTable(
    "authorisation",
    {
        Refusal.NOT_LOGGED_IN: (
            N_("nobody is logged in"),
            N_("log in at /desk/login; a program sends its key as Authorization: Bearer …"),
        ),
        Refusal.NO_ROLE: (
            N_("your roles don't include this: {right}"),
            N_("ask an administrator of your union for the role, or a colleague who has it"),
        ),
        Refusal.ELSEWHERE: (
            N_("your roles don't include this for {organisation}: {right}"),
            N_("ask an officer of that organisation, or of one above it"),
        ),
        Refusal.ENDED: (
            N_("your role for this ended: {right}"),
            N_("ask an administrator of your union to appoint you again"),
        ),
        "role_lost": (
            N_("a role that you had for {organisation} when you began has ended"),
            N_("this was not stored; begin again to see what you may do now"),
        ),
        Refusal.STEP_UP: (
            N_("this needs a log-in of the last {minutes} minutes"),
            N_("log in again; what you typed is kept"),
        ),
    },
)
