"""What officers do with the draws of a rule: fix who takes part, draw, grant by rank, decide for those who wait."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field
from sqlalchemy import Connection

import benefits
from benefits import CompletedDraw, Officer
from benefits.draws.waiting_list import record_waiting_choice
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from events.acts import record_act
from events.clawbacks import claw_back_for_events
from rules import Rule
from rules.lottery.file import MIN_DIGITS, LotteryFaults, parse_lottery_file
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.types import Form, FreeText, Instant, WholeNumber, read_by
from yihui.money.draws.queries import RuleDraws, load_rule_draws
from yihui.services.benefits.lottery import (
    clean_public_number,
    make_lottery_secret,
    place_lottery_faults,
    plan_public_number,
    refuse_early_number,
)
from yihui.services.operation.upkeep import move_up_and_seal

WAITING_FAULTS = FaultTable(
    "waiting_choice",
    {
        "nothing_new": (
            N_("nothing is left to do for {value}: its draws were fixed or given before"),
            N_("see on the rule's page what was published"),
        ),
        "not_asked": (
            N_("the version of {value} in force today asks no officer about those who wait"),
            N_("only a version with on_change: {{waiting: ask}} does"),
        ),
    },
)
_CHOICES = {
    "keep": N_("the value that held when they came"),
    "reprice": N_("the value of the version in force"),
}
FormT = TypeVar("FormT", bound=Form)
DrawT = TypeVar("DrawT")


class FixForm(Form):
    """The public number that will decide: when it comes, and whose it is."""

    draw_at: Annotated[
        Instant,
        Prompt(
            N_("When the public number comes (Beijing time)"),
            hint=N_(
                "Nobody can enter afterwards. The public number must come later, so that nobody can choose the winners."
            ),
        ),
    ]
    source: Annotated[FreeText, Prompt(N_("Whose digits are drawn in public, such as 双色球第2026050期"))]
    digits: Annotated[
        WholeNumber, Field(ge=MIN_DIGITS, le=200), Prompt(N_("How many digits the source gives"))
    ] = 14


class DrawForm(Form):
    """The public number that was drawn."""

    number: Annotated[
        str,
        Field(min_length=1, max_length=1000),
        read_by(clean_public_number),
        Prompt(N_("The digits that the source drew")),
    ]


class WaitingForm(Form):
    """Which value those get who wait since an earlier version, and why."""

    choice: Annotated[
        Literal["keep", "reprice"],
        Prompt(
            N_("Decision"),
            hint=N_(
                "The rule has a new version, which asks an officer: which value do those get who wait since before?"
            ),
            labels=_CHOICES,
        ),
    ]
    reason: Annotated[FreeText, Prompt(N_("Reason (the members read it)"))]


def _officer(act: Doing[Any, RuleDraws], reason: str = "") -> Officer:
    return Officer(act.actor.id, act.now, civil_date(act.now), reason)


def _work_on_entries(
    act: Doing[FormT, RuleDraws],
    mode: str,
    work: Callable[[Officer, Sequence[Rule]], Sequence[DrawT]],
) -> Sequence[DrawT]:
    """Return what a work makes of a rule's versions that collect entries. *Raises*: FaultError if it is refused."""
    officer, rule = _officer(act), act.thing.rule
    library = act.wiring.rulebook.in_force(act.connection)
    versions = benefits.find_collecting_versions(library, rule, mode, officer.today)
    try:
        return work(officer, versions)
    except LotteryFaults as error:
        raise FaultError(place_lottery_faults(error.faults, rule)) from error


def fix_entries(act: Doing[FixForm, RuleDraws]) -> Change:
    """Fix who takes part in a rule's draws, and the public number that decides. *Raises*: FaultError."""
    form, rule = act.form, act.thing.rule
    plan = plan_public_number(form.draw_at, form.source, form.digits)

    def work(officer: Officer, versions: Sequence[Rule]) -> Sequence[str]:
        fixed = benefits.commit_rule_lotteries(
            act.connection, officer, versions, plan, lambda _: make_lottery_secret()
        )
        return [one.places for one in fixed if one.is_new]

    new = _require_new(act, _work_on_entries(act, "lottery", work))
    number = plan.model_dump(mode="json")
    record_act(act.connection, "commit_draw", act.now, rule=rule, by=act.actor.id, number=number, places=new)
    return Change(rule, {"source": form.source, "places": list(new)})


def draw_lots(act: Doing[DrawForm, RuleDraws]) -> Change:
    """Draw a rule's lots from the public number, and grant the places. *Raises*: FaultError."""
    typed = act.form.number

    def work(officer: Officer, versions: Sequence[Rule]) -> Sequence[CompletedDraw]:
        for published in act.thing.published:
            file = parse_lottery_file(published.file)
            if file.draw is None:
                refuse_early_number(file.terms, officer.today)
        return benefits.draw_rule_lotteries(act.connection, officer, versions, typed)

    return _record_given(act, "draw", _work_on_entries(act, "lottery", work), number=typed)


def grant_by_rank(act: Doing[Form, RuleDraws]) -> Change:
    """Grant a rule's places to the highest ranks. *Raises*: FaultError."""

    def work(officer: Officer, versions: Sequence[Rule]) -> Sequence[CompletedDraw]:
        return benefits.grant_by_rank(act.connection, officer, versions)

    return _record_given(act, "rank", _work_on_entries(act, "by_rank", work))


def _record_given(
    act: Doing[Any, RuleDraws], name: Literal["draw", "rank"], drawn: Sequence[CompletedDraw], **terms: str
) -> Change:
    """Record that places were given, and claw back what earlier events forfeit by the rule's own terms."""
    rule, given = act.thing.rule, _require_new(act, [each.given for each in drawn if each.given])
    record_act(act.connection, name, act.now, rule=rule, by=act.actor.id, **terms)
    granted = [ruling for each in given for ruling in each.granted]
    claw_back_for_events(act.connection, (), granted, act.now)
    return Change(rule, {**terms, "granted": len(granted)})


def _require_new(act: Doing[Any, RuleDraws], done: Sequence[DrawT]) -> Sequence[DrawT]:
    """Return what an act did. *Raises*: FaultError if that is nothing: what is recorded must be what counted."""
    if not done:
        raise FaultError(WAITING_FAULTS.build("nothing_new", value=act.thing.title))
    return done


def decide_waiting_values(act: Doing[WaitingForm, RuleDraws]) -> Change:
    """Record which value those who wait get of the version in force, if it asks. *Raises*: FaultError."""
    rule, form, officer = act.thing.rule, act.form, _officer(act, act.form.reason)
    versions = act.wiring.rulebook.in_force(act.connection).versions(rule)
    held = next((one for one in versions if one.definition.in_force.holds(officer.today)), None)
    if held is None or held.definition.on_change is None or held.definition.on_change.waiting != "ask":
        raise FaultError(WAITING_FAULTS.build("not_asked", field="rule", value=rule))
    record_waiting_choice(act.connection, officer, held, form.choice)
    said = {"rule": rule, "version": held.hash, "choice": form.choice, "by": officer.who}
    record_act(act.connection, "reprice", officer.at, **said, reason=form.reason)
    return Change(rule, {"choice": form.choice, "version": held.hash}, reason=form.reason)


def lock_rules(_: Wiring, connection: Connection) -> None:
    """Let no batch and no other act on draws come between what is loaded and what is done."""
    benefits.lock_rulebook_exclusive(connection)


DRAWS = Kind[RuleDraws](
    "rule",
    lambda at, rule, _: load_rule_draws(at, rule),
    lambda one: one.version,
    lambda one: one.owners[0],
    lambda one, _: one.owners,
    key=str,
    needs_all=True,
)


FIX = Act(
    "fix",
    N_("Fix who takes part"),
    FixForm,
    fix_entries,
    Right.RUN_DRAWS,
    "draws.run.commit",
    N_("The entries are fixed. Publish the commitment now, and the address of its page."),
    DRAWS,
    prepare=lock_rules,
    ticked=N_("I know that it can't be changed any more."),
)
DRAW = Act(
    "draw",
    N_("Draw"),
    DrawForm,
    draw_lots,
    Right.RUN_DRAWS,
    "draws.run.draw",
    N_("It was drawn and granted. Everybody can verify it on its page."),
    DRAWS,
    prepare=lock_rules,
    ticked=N_("I have compared the number with its source"),
)
RANK = Act(
    "rank",
    N_("Grant by rank"),
    Form,
    grant_by_rank,
    Right.RUN_DRAWS,
    "draws.run.rank",
    N_("The places were granted by rank."),
    DRAWS,
    prepare=lock_rules,
    ticked=N_("I know that the highest ranks get the places at once."),
)
DECIDE = Act(
    "decide",
    N_("Decide the value for those who wait"),
    WaitingForm,
    decide_waiting_values,
    Right.APPROVE_RULES,
    "rules.approve.decide",
    N_("The decision was recorded, and free places were given."),
    DRAWS,
    prepare=lock_rules,
    ticked=N_("I know that those who wait are served at once."),
    after=move_up_and_seal,
)
ACTS = (DRAW, FIX, RANK, DECIDE)
