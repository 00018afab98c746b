"""Texts for the observations of riders and the answers of keepers."""

from collections.abc import Mapping

from core.text_marks import N_
from geo.messages import Answer
from geo.status.statements import ReportKind, StatusReport
from yihui.runtime.language import Language
from yihui.views.labels import FACILITY_LABELS, code_label

OBSERVATION_TEXTS: Mapping[ReportKind, str] = {
    ReportKind.FINE: N_("all was well"),
    ReportKind.CLOSED: N_("it was closed"),
    ReportKind.LOCKED: N_("the door was locked"),
    ReportKind.CROWDED: N_("it was crowded"),
    ReportKind.BROKEN: N_("{facility} was broken"),
    ReportKind.WRONG_PLACE: N_("it is not where the map shows it"),
}
KEEPER_ANSWER_TEXTS: Mapping[Answer, str] = {
    Answer.OPEN_NOW: N_("One gets in now"),
    Answer.FIXED: N_("It is mended"),
    Answer.ON_IT: N_("We see to it"),
    Answer.CANNOT_FIND: N_("We can't find that"),
    Answer.THANKS: N_("Thank you"),
    Answer.CORRECTED: N_("It was corrected"),
    Answer.RESTORED: N_("It was changed back"),
    Answer.WITHDRAWN: N_("Taken back by the rider"),
}


def observation_text(saying: StatusReport, language: Language) -> str:
    """Return the translated observation of one status report."""
    facility = language.format_list(
        code_label(FACILITY_LABELS, code, language) for code in sorted(saying.facilities)
    )
    template = OBSERVATION_TEXTS.get(saying.what, saying.what.value)
    if saying.what is ReportKind.FINE and facility:
        template = N_("{facility} works again")
    return language.render(template, facility=facility)
