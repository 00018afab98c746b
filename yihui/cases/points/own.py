"""A member's points: what she can spend, what changed and what gives them; and she spends them at a counter."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from benefits import SpendingRequest, read_points_account
from core.civil_time import civil_date
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.hotline.own import build_ask_path
from yihui.cases.kernel.own_tables import build_table
from yihui.cases.kernel.sealing import seal
from yihui.frame.acts import HERSELF, MEMBER, Act, Change, Doing
from yihui.frame.cells import Cell, Choice, Link
from yihui.frame.content import Section, ThingPage
from yihui.frame.listing import Looking
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.types import Form, FreeText, WholeNumber
from yihui.runtime.language import Language
from yihui.services.benefits.points import PointSource, list_point_sources, spend_in

_EARNED_BY: Mapping[str, str] = {
    "poll.completed": N_("for a poll that you complete"),
    "course.completed": N_("for a course that you complete"),
    "campaign.entered": N_("for a campaign that you take part in"),
}


class SpendingForm(Form):
    """How many points are spent, and on what."""

    points: Annotated[WholeNumber, Prompt(N_("How many points?"))]
    purpose: Annotated[FreeText, Prompt(N_("For what?"))]


def _spend(act: Doing[SpendingForm, str]) -> Change:
    """Spend points on the day on which the form arrived. *Raises*: FaultError if she has too few."""
    form, member = act.form, act.actor.id
    day = civil_date(act.now)
    key = hashlib.sha256(act.once.encode()).hexdigest()  # the ledger knows it for ever, and spends once
    request = SpendingRequest(member, form.points, form.purpose, key, day)
    spend_in(act.connection, request, act.now)
    return Change(member, {"points": form.points})


def _show(look: Looking[Any], member: str, language: Language) -> ThingPage:
    """Return what can be spent, by its last day, what gives points, and each change with its reason, the newest first."""
    from yihui.views.points import CHANGE_LABELS, lot_end_text

    today, say = civil_date(look.now), language.render
    account = read_points_account(look.connection, member, today)
    sources = list_point_sources(look.wiring, look.connection, member, today)
    gives = [_list_cells(one, language) for one in sources]
    lots = [
        (one.title, say(N_("{points} points left"), points=f"{one.points:,}"), lot_end_text(one, language))
        for one in account.lots
    ]
    changes = [
        (f"{one.points:+,} · {language.translate(CHANGE_LABELS[one.kind])}", one.about, one.on)
        for one in reversed(account.changes)
    ]
    ask = Link(build_ask_path("page:take-part"), Choice("ask", N_("Ask my union")))
    sections: list[Section] = [
        build_table("sources", N_("What gives points"), gives, N_("Nothing gives points in your organisation now.")),
        build_table("goods", N_("What points are good for"), [(language.translate(_GOODS), ask)]),
        build_table("changes", N_("What changed my points"), changes, N_("You have had no points so far.")),
    ]  # fmt: skip
    if lots:
        sections.insert(0, build_table("lots", N_("Those that end first are spent first:"), lots))
    has = say(N_("{points} points to spend"), points=f"{account.points:,}")
    spend = Link("/me/points/spend", Choice("spend", SPEND.title)) if account.points else None
    sections.insert(0, build_table("points", "", [(has, spend)]))
    return ThingPage(language.translate(POINTS.title), sections)


def _list_cells(one: PointSource, language: Language) -> Sequence[Cell]:
    """Return what gives points in the member's words: its title, for what, and the page where she does it."""
    from yihui.views.condition_words import render_condition
    from yihui.views.labels import EVENT_LABELS, code_label

    known = _EARNED_BY.get(one.event_type)
    event = language.translate(known) if known else code_label(EVENT_LABELS, one.event_type, language)
    condition = render_condition(one.event_type, one.among, {}, language) if one.among else ""
    polls = Link("/me/take-part/polls", Choice("polls", N_("See the polls")))
    return (
        f"{one.title} · +{one.points:,}",
        event,
        condition,
        polls if one.event_type == "poll.completed" else "",
    )


_GOODS = N_(
    "There is no list of it here. Your union decides it and gives it out at its counter: things, tickets, courses."
)
_SPENT = N_(
    "The points are spent. Show the newest line under “What changed my points” to whoever gives you the thing."
)
SPEND = Act("spend", N_("Spend points"), SpendingForm, _spend, Right.OWN, "members.change.spend_points", _SPENT,
            HERSELF, makes=True, button=N_("Spend these points"), doors=MEMBER, after=seal,
            help=N_("Agree at the counter first what you get; what was spent can't be undone here."))  # fmt: skip
POINTS = Noun("points", N_("My points"), HERSELF, BY_HAND, _show, Right.OWN, (SPEND,),
              (("/me/take-part/polls", N_("Polls, draws and points")),))  # fmt: skip
