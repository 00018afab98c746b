"""Applications for officers (lines) and programs (JSON): their steps and the facts they lead to."""

from collections.abc import Mapping
from types import MappingProxyType

from core.text_marks import N_
from members import ApplicationStep
from yihui.runtime.language import Language

APPLICATION_STEP_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "application.submitted": N_("submitted, attachments: {attachments}"),
        "application.accepted": N_("accepted by {stage} ({reviewer})"),
        "application.rejected": N_("sent back by {stage} ({reviewer})"),
        "application.published": N_("shown to the public"),
        "application.confirmed": N_("confirmed"),
        "application.withdrawn": N_("withdrawn"),
    }
)


def application_step_text(step: ApplicationStep, language: Language) -> str:
    """Return what a step did, as a sentence."""
    kind = step.type
    if step.accepted is not None:
        kind = "application.accepted" if step.accepted else "application.rejected"
    unknown = language.render(N_("not known"))
    said = language.render(
        APPLICATION_STEP_TEXTS[kind],
        attachments=len(set(step.attachments)),
        stage=step.stage or unknown,
        reviewer=step.reviewer or unknown,
    )
    if step.objections is None:
        return said
    return language.join_clauses(
        [said, language.render(N_("objections still open: {count}"), count=step.objections)]
    )
