"""What one officer proposed and a second one confirms: that a stopped rule goes on, that many grants are reversed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

import benefits
from benefits import Officer, ReversalCriteria
from core.civil_time import civil_date
from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from events import resume_rule
from events.acts import record_act
from yihui.access.pending_acts import (
    LIFETIME,
    PENDING_ACT_FAULTS,
    PendingAct,
    PendingKind,
    decide_pending_act,
    list_pending_acts,
    load_confirmable_act,
    second_decision_error,
)
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.bootstrap import PROVINCE_CODE
from yihui.cases.kernel.forms import ReasonForm, RemarkForm
from yihui.cases.kernel.scope import is_own_step
from yihui.frame.acts import Act, Change, Doing, Key, Kind
from yihui.frame.cells import Cell, Chip, Deadline, Link, Money
from yihui.frame.cells import Officer as OfficerCell
from yihui.frame.content import Event, Fact, Facts, TableColumn, ThingPage, Timeline
from yihui.frame.fields import FieldKind
from yihui.frame.listing import Elsewhere, Listing, Looking, RowSlice
from yihui.frame.looking import THING_FAULTS
from yihui.frame.noun import Noun
from yihui.frame.todo import ToDo, Waiting
from yihui.frame.types import Form
from yihui.runtime.language import Language
from yihui.services.access.act_places import place_of_rule

PATH, REVERSALS_PATH, RIGHT = "approvals", "approvals/reversals", Right.READ_RULES
_CHIPS = {
    "waiting": Chip("waiting", N_("waits for a second person"), "waiting"),
    "confirmed": Chip("confirmed", N_("confirmed and done"), "good"),
    "refused": Chip("refused", N_("refused"), "bad"),
}
_STATES = {"waiting": N_("waits for a second person"), "all": N_("all")}


class ProposalFilter(Form):
    """Which proposals are listed: unless said, those that wait."""

    state: Annotated[Literal["waiting", "all"], Prompt(N_("Which"), labels=_STATES)] = "waiting"


class ConfirmForm(RemarkForm):
    """A remark, and the digest of the proposal as it was shown."""

    digest: Annotated[
        str | None, Field(max_length=64), Prompt(N_("Digest of the proposal that you saw")), FieldKind.HIDDEN
    ] = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal with the title of the rule that it is about, and that rule's owners."""

    act: PendingAct
    title: str
    owners: Sequence[str]

    def step(self, right: Right) -> Step:
        return Step(self.act.proposed_by, self.act.proposed_at, right)


@dataclass(frozen=True, slots=True)
class _Terms:
    """A kind of proposals: the rights of its two steps, what it says, and what the second step does."""

    kind: PendingKind
    path: str
    first: Right
    second: Right
    says: str
    carry_out: Callable[[Doing[Any, Any], Officer, PendingAct], object]


def decide_proposal(act: Doing[Any, Any], key: Key, proposed: PendingAct, state: str, reason: str) -> Change:
    """Record the decision; the audit log has what was proposed, from which the decision can be folded again.

    *Raises*: FaultError if another transaction decided meanwhile.
    """
    if not decide_pending_act(act.connection, proposed.number, state, act.actor.id, reason, act.now):
        raise second_decision_error(proposed)
    said = {
        "kind": proposed.kind.value,
        "object": proposed.object_id,
        **proposed.terms,
        "digest": proposed.digest,
    }
    before = {"state": "waiting", "proposed_by": proposed.proposed_by}
    about = ("pending_act", str(proposed.number))
    return Change(key, {"state": state, **said}, before, reason or proposed.reason, about=about)


def require_own(act: Doing[Any, Any], proposed: PendingAct) -> None:
    """*Raises*: FaultError if a colleague proposed it."""
    if proposed.proposed_by.casefold() != act.actor.id.casefold():
        raise FaultError(PENDING_ACT_FAULTS.build("not_own", value=proposed.number))


def _build(at: Doing[Any, Any] | Looking[Any], act: PendingAct) -> Proposal:
    versions = at.wiring.rulebook.in_force(at.connection).versions(act.object_id.partition("@")[0])
    title = versions[-1].definition.title if versions else act.object_id
    return Proposal(act, title, place_of_rule(at.wiring, at.connection, act.object_id))


def _load(terms: _Terms, at: Doing[Any, Any] | Looking[Any], number: int, _: bool) -> Proposal:
    for act in list_pending_acts(at.connection, {terms.kind}, all_=True):
        if act.number == number:
            found = [_build(at, act)]
            if isinstance(at, Doing) or _select_seen(terms, at, found):
                return found[0]
    raise FaultError(THING_FAULTS.build("unknown", field="key", value=number))


def _select_seen(terms: _Terms, look: Looking[Any], found: Iterable[Proposal]) -> list[Proposal]:
    """Return the officer's own, and those of whose rule she holds a right of a step, or the auditor's, for each owner."""
    rights = (terms.second, terms.first, Right.READ_AUDIT)
    covering = [_covering(look, right) for right in rights]
    return [
        one
        for one in found
        if is_own_step(look, one.act.proposed_by) or any(covers(one) for covers in covering)
    ]


def _covering(look: Looking[Any], right: Right) -> Callable[[Proposal], bool]:
    """Return whether the officer holds a right for each owner of a proposal's rule."""
    scope = look.scope(right)
    return lambda one: scope.find_covered(look.connection, one.owners) >= frozenset(one.owners)


def _find(terms: _Terms, look: Looking[ProposalFilter]) -> RowSlice[Proposal]:
    acts = list_pending_acts(look.connection, {terms.kind}, all_=look.filter.state == "all")
    return look.cut(_select_seen(terms, look, (_build(look, one) for one in reversed(acts))))


def _find_waiting(terms: _Terms, look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find what the officer may confirm as the second person; what has expired can only be refused."""
    acts = list_pending_acts(look.connection, {terms.kind})
    covers = _covering(look, terms.second)
    found = [
        _build(look, one)
        for one in acts
        if not one.has_expired(look.now) and not is_own_step(look, one.proposed_by)
    ]
    return look.cut([one for one in found if covers(one)]).map(
        lambda one: Waiting(
            _render_title(terms, one, language),
            f"/desk/{terms.path}/{one.act.number}",
            one.act.proposed_at + LIFETIME,
            place=one.owners[0],
        )
    )


def _require_waiting(one: Proposal, _: int | None) -> None:
    if one.act.state != "waiting":
        raise second_decision_error(one.act)


def _decide(act: Doing[Any, Proposal], state: str, reason: str) -> Change:
    """Record the decision for the one organisation that it concerns; one about several is read by the top alone."""
    owners = act.thing.owners
    done = decide_proposal(act, act.thing.act.number, act.thing.act, state, reason)
    return replace(done, organisation=owners[0] if len(owners) == 1 else PROVINCE_CODE)


def _confirm(terms: _Terms, act: Doing[ConfirmForm, Proposal]) -> Change:
    """Do what was proposed, once. *Raises*: FaultError if it isn't what was seen, or for what it was proposed.

    Who acts on a version of it, as pages and programs do, says the digest as well: none is another one.
    """
    number, said = act.thing.act.number, act.form.reason or ""
    digest = act.form.digest if act.seen is None else act.form.digest or ""
    proposed = load_confirmable_act(act.connection, number, {terms.kind}, act.now, digest)
    done = _decide(act, "confirmed", said)
    officer = Officer(act.actor.id, act.now, civil_date(act.now), said or proposed.reason)
    terms.carry_out(act, officer, proposed)
    return done


def _refuse(act: Doing[ReasonForm, Proposal]) -> Change:
    return _decide(act, "refused", act.form.reason)


def _withdraw(act: Doing[ReasonForm, Proposal]) -> Change:
    """Take the own proposal back. *Raises*: FaultError if it is a colleague's."""
    require_own(act, act.thing.act)
    return _decide(act, "refused", act.form.reason)


def _lift_stop(at: Doing[Any, Any], officer: Officer, act: PendingAct) -> None:
    stop = benefits.read_rule_stops(at.connection).get(act.object_id)
    _require_same(act, act.terms["stopped_by_act"], stop.act if stop else None)
    version, terms = act.terms["version"], {"by": officer.who, "reason": officer.reason}
    resume_rule(at.connection, officer, act.object_id, at.wiring.rulebook.in_force, version)
    record_act(at.connection, "resume_rule", officer.at, rule=act.object_id, version=version, **terms)


def _reverse(at: Doing[Any, Any], officer: Officer, act: PendingAct) -> None:
    first, last = _read_day(act.terms["since"]), _read_day(act.terms["until"])
    criteria = ReversalCriteria(act.object_id, act.terms["version"], first, last)
    done = benefits.apply_reversal(at.connection, officer, criteria)
    _require_same(act, act.terms["grants"], done.grants)
    record_act(
        at.connection, "reverse", officer.at, rule=act.object_id, version=act.terms["version"],
        since=first, until=last, by=officer.who, reason=officer.reason,
    )  # fmt: skip


def _read_day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None


def _require_same(act: PendingAct, then: object, now: object) -> None:
    """Refuse an act whose basis has changed since it was proposed: its confirmer saw other figures."""
    if then != now:
        raise FaultError(
            PENDING_ACT_FAULTS.build("outdated", field="key", value=act.number, then=then, now=now)
        )


def _render_title(terms: _Terms, one: Proposal, language: Language) -> str:
    return language.render(terms.says, rule=one.title)


def _show(terms: _Terms, look: Looking[Any], one: Proposal, language: Language) -> ThingPage:
    """Return what a proposal would do, who proposed it and why, and who decided."""
    act, said = one.act, one.act.terms
    facts = (
        Fact("rule", N_("Rule"), Link(f"/desk/rules/{act.object_id}", one.title, act.object_id)),
        Fact("stopped_by", N_("Stopped by"), said.get("stopped_by") and OfficerCell(said["stopped_by"])),
        Fact("stop_reason", N_("Why it was stopped"), said.get("stop_reason")),
        Fact("grants", N_("Grants"), said.get("grants")),
        Fact("members", N_("Members"), said.get("members")),
        Fact("amount_fen", N_("Goes back"), Money(int(said["amount_fen"])) if "amount_fen" in said else None),
        Fact("since", N_("From"), _read_day(said.get("since"))),
        Fact("until", N_("Until"), _read_day(said.get("until"))),
        Fact("version", N_("Name for programs"), said.get("version"), is_on_page=False),
        Fact("digest", N_("digest"), act.digest, is_on_page=False),
    )
    events = [Event(act.proposed_at, "proposed", N_("proposed"), act.proposed_by, act.reason)]
    if act.decided_at is not None:
        title = _CHIPS[act.state].title
        events.insert(
            0, Event(act.decided_at, act.state, title, act.decided_by or "", act.decision_reason or "")
        )
    return ThingPage(
        _render_title(terms, one, language),
        (Facts("", [each for each in facts if each.value is not None]), Timeline(events)),
        _CHIPS[act.state],
        acts=_list_acts(look, act),
    )


def _list_acts(look: Looking[Any], act: PendingAct) -> Sequence[str]:
    if act.state != "waiting":
        return ()
    if is_own_step(look, act.proposed_by):
        return ("withdraw",)
    return ("refuse",) if act.has_expired(look.now) else ("confirm", "refuse")


def _find_versions(look: Looking[Any]) -> Elsewhere | None:
    """Return how many versions of rules wait for approval."""
    from yihui.services.rules.versions import list_waiting_versions

    count = len(list_waiting_versions(look.wiring, look.actor))
    text = N_("Versions of rules that wait for approval: {count}")
    return Elsewhere(text, "/desk/rules?state=submitted", count) if count else None


def _build_noun(terms: _Terms, title: str, help_: str) -> Noun:
    kind = Kind[Proposal](
        "pending_act",
        partial(_load, terms),
        lambda one: 1 + (one.act.state != "waiting"),
        lambda one: one.owners[0],
        lambda one, _: one.owners,
        needs_all=True,
    )
    confirm = Act(
        "confirm", N_("Confirm"), ConfirmForm, partial(_confirm, terms), terms.second,
        f"{terms.second.value}.confirmed", N_("It was confirmed and done."), kind, ready=_require_waiting,
        button=N_("Confirm: it is done at once"), ticked=N_("I have checked this"), is_fresh=True,
        begin=lambda one: {"digest": one.act.digest}, second_to=lambda one: one.step(terms.first),
        prepare=lambda _, connection: benefits.lock_rulebook_exclusive(connection),
    )  # fmt: skip
    refuse = Act(
        "refuse", N_("Refuse"), ReasonForm, _refuse, terms.second, f"{terms.second.value}.refused",
        N_("It was refused; nothing was changed."), kind, ready=_require_waiting,
    )  # fmt: skip
    withdraw = Act(
        "withdraw", N_("Take the proposal back"), ReasonForm, _withdraw, terms.first,
        f"{terms.second.value}.refused", N_("Your proposal was taken back."), kind, ready=_require_waiting,
    )  # fmt: skip

    def name(one: Proposal) -> Cell:
        return Link(f"/desk/{terms.path}/{one.act.number}", one.title)

    column = TableColumn[Proposal]
    grants = column("grants", N_("Grants"), lambda one: int(one.act.terms["grants"]))
    columns = (
        column("rule", N_("Rule"), name),
        column("number", N_("Number"), lambda one: one.act.number, is_on_page=False),
        column("state", N_("State"), lambda one: _CHIPS[one.act.state]),
        *(() if terms.kind is PendingKind.STOP_LIFT else (grants,)),
        column("reason", N_("Reason"), lambda one: one.act.reason),
        column("proposed_by", N_("Proposed by"), lambda one: OfficerCell(one.act.proposed_by)),
        column("until", N_("Deadline"), lambda one: Deadline(one.act.proposed_at + LIFETIME)),
        column("digest", N_("digest"), lambda one: one.act.digest, is_on_page=False),
    )
    return Noun(
        terms.path,
        title,
        kind,
        Listing(
            help_,
            ProposalFilter,
            partial(_find, terms),
            columns,
            N_("Nothing waits for a second person."),
            elsewhere=_find_versions,
        ),
        partial(_show, terms),
        RIGHT,
        (confirm, refuse, withdraw),
        _TABS,
        is_open_to=lambda look, one: is_own_step(look, one.act.proposed_by),
        todos=(
            ToDo(
                N_("acts that colleagues proposed to you"),
                f"/desk/{terms.path}",
                terms.second,
                partial(_find_waiting, terms),
            ),
        ),
    )


_TABS = ((f"/desk/{PATH}", N_("Stops to lift")), (f"/desk/{REVERSALS_PATH}", N_("Grants to reverse")))
STOPS = _build_noun(
    _Terms(
        PendingKind.STOP_LIFT, PATH, Right.STOP_RULES, Right.LIFT_STOPS, N_("Let “{rule}” go on"), _lift_stop
    ),
    N_("Stops to lift"),
    N_("List the stopped rules that are to go on, once a second person confirms it"),
)
REVERSALS = _build_noun(
    _Terms(
        PendingKind.MASS_REVERSAL,
        REVERSALS_PATH,
        Right.REVERSE,
        Right.REVERSE_MASS,
        N_("Take back what “{rule}” granted"),
        _reverse,
    ),
    N_("Grants to reverse"),
    N_("List the reversals of several grants that a second person confirms"),
)
