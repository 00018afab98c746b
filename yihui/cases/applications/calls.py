"""What the list of appeals says of applications."""

from typing import Any

from core.text_marks import N_
from yihui.cases.applications.queries import PATH, READS, ApplicationFilter, list_open
from yihui.frame.listing import Elsewhere, Looking


def find_appeals_against_refusals(look: Looking[Any]) -> Elsewhere | None:
    """Return how many appeals against refused applications wait in the list of applications; None without one."""
    count = len(list_open(look, READS, ApplicationFilter(appealed=True)))
    text = N_("Appeals against refused applications wait in the list of applications: {count}")
    return Elsewhere(text, f"/desk/{PATH}?appealed=yes", count) if count else None
