"""What is wrong with a form, told again on its page with what was typed into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import Request
from fastapi.responses import HTMLResponse

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.http.body import FormFields, form_value
from yihui.http.errors import problem_for_error
from yihui.runtime.errors import ErrorLine, fault_line
from yihui.runtime.language import Language
from yihui.runtime.origins import is_same_origin

_NOTHING: FormFields = {}
SENT_FORM_FAULTS = FaultTable(
    "officer_form",
    {
        "foreign": (
            N_("the form was not sent by a page of this site"),
            N_("open the page again and send its own form"),
        ),
        "unfinished": (
            N_("this form was sent before, and its act is not finished"),
            N_("look at the record: if nothing has changed in a minute, open the page again"),
        ),
        "partly_done": (
            N_("a part of the act was done before it was refused"),
            N_("look at the record, then open the page again and do only what is still missing"),
        ),
        "unconfirmed": (
            N_("the box “I have checked this” is not ticked"),
            N_("check what will happen, then tick the box"),
        ),
        "missing": (N_("{field} is empty"), N_("fill it in")),
        "unchosen": (N_("nothing was chosen"), N_("choose one of the list")),
        "choice": (N_("“{value}” is none of the choices"), N_("choose one of the list")),
        "list_twice": (
            N_("the list was given twice, in the box and as a file"),
            N_("empty the box, or choose no file"),
        ),
        "day": (N_("“{value}” is no day"), N_("write it as 2026-10-03")),
    },
)


@dataclass(frozen=True, slots=True)
class FormFeedback:
    """The faults of a form that was refused, and what was typed into it; ``form`` is its name on the page."""

    problems: Sequence[ErrorLine] = ()
    sent: FormFields = field(default_factory=lambda: _NOTHING)
    form: str = ""
    status: int = 200
    code: str = ""  # of the first fault

    def value(self, form: str, name: str, default: str = "") -> str:
        """Return what was typed into a field of a form, or else what the field begins with."""
        return form_value(self.sent, name) if form == self.form else default


NO_FEEDBACK = FormFeedback()


def refuse_form(
    error: FaultError, language: Language, form: str = "", sent: FormFields = _NOTHING
) -> FormFeedback:
    """Return the feedback of a refused form in its reader's language, with what was typed."""
    lines = [fault_line(fault, language) for fault in error.faults]
    status = problem_for_error(error, language).status
    return FormFeedback(lines, sent, form, status, error.faults[0].code)


class FormPage(HTMLResponse):
    """A page with forms; ``refusal_code`` is that of the one that it shows again."""

    def __init__(self, html: str, status: int, headers: Mapping[str, str], refusal_code: str) -> None:
        super().__init__(html, status, headers)
        self.refusal_code = refusal_code


class LoginNeeded(Exception):
    """Nobody is logged in; the page leads to the log-in."""


def require_own_page(request: Request) -> None:
    """*Raises*: FaultError unless one of our own pages sent the form."""
    if not is_same_origin(request):
        raise FaultError(SENT_FORM_FAULTS.build("foreign", field="Origin"))
