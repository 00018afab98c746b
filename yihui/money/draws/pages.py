"""Draws and waiting lists at every door: the rules that have some, and one with its draws and who waits."""

from collections.abc import Sequence
from typing import Any

from benefits import DrawSummary, QuotaPlaces, WaitingListEntry, WaitingMove
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.frame.cells import Cell, Chip, Choice, Days, Link, Organisation, Person, Several
from yihui.frame.content import Fact, Facts, Prose, Section, Table, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, NoFilter
from yihui.frame.noun import Noun
from yihui.money.draws.acts import ACTS, DECIDE, DRAW, DRAWS, FIX, RANK
from yihui.money.draws.queries import DrawnRule, RuleDraws, find_drawn_rules
from yihui.runtime.language import Language
from yihui.views.lottery import late_draw_texts
from yihui.views.names import period_key_text

STATES = {
    "open": Chip("open", N_("entries are collected"), "waiting"),
    "fixed": Chip("fixed", N_("fixed, to be drawn"), "waiting"),
    "drawn": Chip("drawn", N_("given"), "good"),
}
_MOVES = {
    "granted": N_("got a place that became free"),
    "passed": N_("was passed over: has left the union, or may not get it any more"),
    "withdrawn": N_("gave the place up"),
}


def _places_cell(key: str, language: Language) -> Cell:
    """Return which places of a rule are meant: the period, and the group for which they are reserved."""
    places = QuotaPlaces.from_key(key)
    period = period_key_text(places.period, language)
    group = places.group.rpartition("=")[2]
    return Several((period, Organisation(group)), " · ") if group else period


def show_draws(look: Looking[Any], found: RuleDraws, language: Language) -> ThingPage:
    """Return a rule's draws, what was published of each, and who waits for a place or did."""
    draws = Table(
        "draws",
        N_("Draws"),
        _draw_columns(found, language),
        found.summaries,
        N_("Nobody takes part in a draw yet."),
    )
    facts = (Fact("waiting_count", N_("On the waiting list"), found.waiting_count),)
    sections: list[Section] = [draws, Facts("", facts)]
    if late := max((one.late_days for one in found.summaries), default=0):
        sections.append(Prose("late", "", " ".join(late_draw_texts(late, language))))
    if found.is_over:
        over = N_("The list is over: the rule has ended, and nobody moves up any more.")
        sections.append(Prose("over", "", language.translate(over)))
    covered = look.scope(Right.READ_BENEFITS).find_covered(look.connection, found.owners)
    if covered.issuperset(found.owners):
        sections += _list_waiting(found, language)
    lines = [one.commitment for one in found.published if one.commitment]
    if lines:
        sections.append(
            Prose("commitments", N_("To compare with what was published"), "\n".join(lines), True)
        )
    return ThingPage(found.title, sections, acts=_list_acts(found))


def _list_waiting(found: RuleDraws, language: Language) -> Sequence[Section]:
    def places(one: WaitingListEntry | WaitingMove) -> Cell:
        return _places_cell(one.places, language)

    waiting: Sequence[TableColumn[WaitingListEntry]] = (
        TableColumn("position", N_("Position"), lambda one: one.position),
        TableColumn("member", N_("Member"), lambda one: Person(one.member_id)),
        TableColumn("places", N_("Places to give"), places),
        TableColumn("waits_since", N_("Waits since"), lambda one: one.waits_since),
    )
    moves: Sequence[TableColumn[WaitingMove]] = (
        TableColumn("member", N_("Member"), lambda one: Person(one.member_id)),
        TableColumn("position", N_("Position"), lambda one: one.position),
        TableColumn("places", N_("Places to give"), places),
        TableColumn("how", N_("How"), lambda one: Choice(one.how, _MOVES[one.how])),
        TableColumn("moved_on", N_("Day"), lambda one: one.moved_on),
    )
    cut = language.render(N_("Only the first {most} are shown."), most=len(found.waiting))
    title = cut if found.waiting_count > len(found.waiting) else language.translate(N_("Who waits"))
    sections: list[Section] = [
        Table("waiting", title, waiting, found.waiting, N_("Nobody waits for a place."))
    ]
    if found.moves:
        gone = N_("Who left the waiting list, and how")
        sections.append(Table("moves", gone, moves, found.moves, ""))
    return sections


def _list_acts(found: RuleDraws) -> Sequence[str]:
    """Return what the state of the draws allows."""
    states = {one.state for one in found.summaries}
    wanted = {
        DRAW: found.mode == "lottery" and "fixed" in states,
        FIX: found.mode == "lottery" and states != {"drawn"},
        RANK: found.mode == "by_rank",
        DECIDE: found.asks,
    }
    return [act.name for act in ACTS if wanted[act]]


def _draw_columns(found: RuleDraws, language: Language) -> Sequence[TableColumn[DrawSummary]]:
    public = {one.places: one.commitment for one in found.published}
    proof = language.translate(N_("The page that proves it, for everybody"))

    def link(one: DrawSummary) -> Cell:
        commitment = public.get(one.places)
        return Link(f"/lottery/{commitment}", proof, commitment) if commitment else None

    return (
        TableColumn("places", N_("Places to give"), lambda one: _places_cell(one.places, language)),
        TableColumn("key", N_("Name for programs"), lambda one: one.places, False),
        TableColumn("entered", N_("Take part"), lambda one: one.entered),
        TableColumn("seats", N_("Places"), lambda one: one.seats),
        TableColumn("state", N_("State"), lambda one: STATES[one.state]),
        TableColumn("late", N_("Late after its public number"), lambda one: _late(one.late_days)),
        TableColumn("proof", N_("Proof"), link),
    )


def _late(days: int) -> Cell:
    return Days(days) if days else None


def _state(one: DrawnRule) -> Cell:
    """Return the state of the draw that is least far."""
    return next(
        (chip for state, chip in STATES.items() if state in {each.state for each in one.summaries}), None
    )


_COLUMNS: Sequence[TableColumn[DrawnRule]] = (
    TableColumn("title", N_("Rule"), lambda one: Link(f"/desk/draws/{one.rule}", one.title)),
    TableColumn("rule", N_("Name for programs"), lambda one: one.rule, False),
    TableColumn("entered", N_("Take part"), lambda one: one.entered),
    TableColumn("state", N_("State"), _state),
    TableColumn("late", N_("Late after its public number"), lambda one: _late(one.late_days)),
    TableColumn("waiting_lists", N_("Waiting lists"), lambda one: one.waiting_lists),
)


def _reads(found: RuleDraws) -> tuple[str, str] | None:
    return ("rule", found.rule) if found.waiting or found.moves else None


NOUN = Noun(
    "draws",
    N_("Draws and waiting lists"),
    DRAWS,
    Listing(
        N_("List the rules that draw, rank or have a waiting list"),
        NoFilter,
        find_drawn_rules,
        _COLUMNS,
        N_("No rule of your organisations draws or has a waiting list."),
    ),
    show_draws,
    Right.READ_RULES,
    ACTS,
    reads=_reads,
)
