"""What is wrong with a form of the officers' pages."""

from collections.abc import Container

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.http.body import FormFields, form_value

FORM_FAULTS = FaultTable(
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


def form_choice(sent: FormFields, name: str, choices: Container[str]) -> str:
    """Return the value of a select or of radios. *Raises*: FaultError, see ``check_choice``."""
    return check_choice(name, form_value(sent, name), choices)


def check_choice(name: str, value: str, choices: Container[str]) -> str:
    """Return what was chosen. *Raises*: FaultError that names the field unless it is one of the choices."""
    if value not in choices:
        code = "choice" if value else "unchosen"
        raise FaultError(FORM_FAULTS.build(code, field=name, value=value[:40]))
    return value
