"""/desk/draws: lotteries and rankings of rules (fix, draw, publish), and their waiting lists."""

from collections.abc import Callable, Mapping
from functools import partial

from fastapi import APIRouter, Response

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.frame.feedback import SENT_FORM_FAULTS, FormFeedback
from yihui.frame.pages import OfficerVisit, build_link, require_confirmation
from yihui.http.body import FormFields, form_value
from yihui.http.desk.hand_pages import HandPages, require_value
from yihui.http.desk.sent_values import form_choice

_DONE: Mapping[str, str] = {
    "fixed": N_("The entries are fixed. Publish the commitment now, and the address of its page."),
    "drawn": N_("It was drawn and granted. Everybody can verify it on its page."),
    "ranked": N_("The places were granted by rank."),
    "decided": N_("The decision was recorded, and free places were given."),
}
MOVE_LABELS: Mapping[str, str] = {
    "granted": N_("got a place that became free"),
    "passed": N_("was passed over: has left the union, or may not get it any more"),
    "withdrawn": N_("gave the place up"),
}


def router(made: APIRouter, pages: HandPages) -> None:
    wiring = pages.site.wiring

    def draws(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        from yihui.services.benefits.desk_draws import list_covered_draws
        from yihui.views.lottery import draw_summary_lines

        found, names = list_covered_draws(wiring, pages.scope(visit, Right.READ_RULES)), pages.record_names()
        shown = [
            (one, [*draw_summary_lines(one.summaries, visit.language, names)] if one.summaries else [])
            for one in found
        ]
        return pages.render(visit, "draws.html", draws=shown)

    def show(visit: OfficerVisit, feedback: FormFeedback, rule: str) -> Response:
        from yihui.services.benefits.desk_draws import load_rule_draws
        from yihui.views.lottery import draw_summary_lines
        from yihui.views.names import places_label

        pages.authorise_act(visit, Right.READ_RULES, "rule", rule)
        found = load_rule_draws(wiring, rule)
        names = pages.record_names()
        lines = [*draw_summary_lines(found.summaries, visit.language, names)]
        published = {one.places: one for one in found.published}
        return pages.render(
            visit,
            "draw.html",
            feedback,
            found=found,
            lines=list(zip(found.summaries, lines, strict=False)),
            published=published,
            places_label=lambda key: places_label(key, names, visit.language),
            states={one.state for one in found.summaries},
            move_labels=MOVE_LABELS,
        )

    def draw(visit: OfficerVisit, sent: FormFields, rule: str) -> None:
        from yihui.services.benefits.draws import draw_rule_lots

        draw_rule_lots(wiring, rule, visit.actor.id, require_value(sent, "number", N_("public number")))

    def rank(visit: OfficerVisit, sent: FormFields, rule: str) -> None:
        from yihui.services.benefits.draws import rank_rule_entries

        rank_rule_entries(wiring, rule, visit.actor.id)

    def decide(visit: OfficerVisit, sent: FormFields, rule: str) -> None:
        from yihui.services.benefits.waiting import decide_waiting_values, move_up_and_seal

        keeps = form_choice(sent, "choice", ("keep", "reprice")) == "keep"
        reason = require_value(sent, "reason", N_("reason"))
        decide_waiting_values(wiring, rule, "keep" if keeps else "reprice", visit.actor.id, reason)
        move_up_and_seal(wiring)

    def add_form(
        name: str, work: Callable[[OfficerVisit, FormFields, str], None], done: str, right: Right
    ) -> None:
        def act(visit: OfficerVisit, sent: FormFields, rule: str) -> str:
            require_confirmation(sent)
            pages.authorise_act(visit, right, "rule", rule)
            state_act("rule", rule, form_value(sent, "reason"))
            work(visit, sent, rule)
            return build_link(f"/desk/draws/{rule}", done=done)

        pages.add_form(made, f"/draws/{{rule}}/{name}", right, name, act, show)

    pages.add_page(made, "/draws", Right.READ_RULES, draws)
    pages.add_page(made, "/draws/{rule}", Right.READ_RULES, show, _DONE)
    add_form("commit", partial(_fix, pages), "fixed", Right.RUN_DRAWS)
    add_form("draw", draw, "drawn", Right.RUN_DRAWS)
    add_form("rank", rank, "ranked", Right.RUN_DRAWS)
    add_form("waiting", decide, "decided", Right.APPROVE_RULES)


def _fix(pages: HandPages, visit: OfficerVisit, sent: FormFields, rule: str) -> None:
    """Fix who takes part; the instant of a form is civil time."""
    from yihui.runtime.arguments import parse_instant
    from yihui.services.benefits.draws import fix_draw_entries
    from yihui.services.benefits.lottery import plan_public_number

    at = require_value(sent, "draw_at", N_("when the public number comes"))
    moment = parse_instant(f"{at}+08:00", "draw_at")
    source = require_value(sent, "source", N_("source of the public number"))
    digits = form_value(sent, "digits") or "14"
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 3):
        raise FaultError(SENT_FORM_FAULTS.build("choice", field="digits", value=digits[:40]))
    plan = plan_public_number(moment, source, int(digits))
    fix_draw_entries(pages.site.wiring, rule, visit.actor.id, plan)
