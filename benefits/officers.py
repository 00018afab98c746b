"""The officer who acts on rules and money, and the names that officers can have."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from core.faults import FaultError, FaultTable
from core.source_text import is_blank
from core.text_marks import N_
from members import has_personal_number

OFFICER_FAULTS = FaultTable(
    "officer",
    {
        "unnamed": (
            N_("nobody was named as the officer who acts"),
            N_("log in, or say who acts, such as --as li.min"),
        ),
        "bad_name": (
            N_("{value} is no short name of an officer"),
            N_("write a short pseudonym of 2 to 32 letters and digits, such as li.min or gh-017"),
        ),
        "bad_reason": (
            N_("the reason has more than {longest} characters or holds control characters"),
            N_("say it in one or two sentences on one line"),
        ),
        "personal_reason": (
            N_("the reason holds an ID number or a phone number; everybody concerned will read it"),
            N_("leave out personal data"),
        ),
        "no_reason": (N_("the reason is missing; members will ask for it"), N_("say why with --reason")),
    },
)

MAX_REASON_LENGTH = 500
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,31}")
_WHO = re.compile(rf"{_NAME.pattern}|console:[A-Za-z0-9][A-Za-z0-9._-]{{1,23}}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def is_officer_name(text: str) -> bool:
    """Return whether a text can be the short name of an officer."""
    return _NAME.fullmatch(text) is not None and not has_personal_number(text)


def is_same_officer(first: str, second: str) -> bool:
    """Return whether two stored names are of one officer, whichever way they are capitalised."""
    return first.casefold() == second.casefold()


class ActRefused(FaultError):
    """An officer's or a member's act was refused; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Officer:
    """The officer who acts, with the time and the reason.

    ``who`` is a short pseudonym, or ``console:NAME`` for a user of the operating system; ``today`` is the civil date.

    *Raises*: ActRefused for an invalid name or reason.
    """

    who: str
    at: datetime
    today: date
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.who:
            raise ActRefused(OFFICER_FAULTS.build("unnamed", field="--as", value=""))
        if not _WHO.fullmatch(self.who) or has_personal_number(self.who):
            raise ActRefused(
                OFFICER_FAULTS.build(
                    "bad_name", field="--as", value=self.who if not has_personal_number(self.who) else "…"
                )
            )
        if len(self.reason) > MAX_REASON_LENGTH or _CONTROL.search(self.reason):
            raise ActRefused(
                OFFICER_FAULTS.build("bad_reason", field="--reason", value="…", longest=MAX_REASON_LENGTH)
            )
        if has_personal_number(self.reason):
            raise ActRefused(OFFICER_FAULTS.build("personal_reason", field="--reason", value="…"))

    def require_reason(self) -> "Officer":
        """Return this officer. *Raises*: ActRefused if the reason is empty."""
        if is_blank(self.reason):
            raise ActRefused(OFFICER_FAULTS.build("no_reason", field="--reason", value=self.reason))
        return self
