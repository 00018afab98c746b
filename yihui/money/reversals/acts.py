"""Take back what a rule granted wrongly: one grant at once, several when a second person has confirmed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import benefits
from benefits import Officer, ReversalCriteria
from benefits.lifecycle.reversible_grants import (
    ReversibleGrant,
    SpentGrant,
    find_ended_grants,
    find_reversible_grants,
    find_spent_grants,
)
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from events.acts import record_act
from yihui.access.pending_acts import PendingKind, propose_pending_act
from yihui.access.roles import Right
from yihui.frame.acts import Act, Change, Doing, Kind, Preview
from yihui.frame.cells import Cell, Money, Person, Phrase
from yihui.frame.content import Fact, Facts, Section, Table, TableColumn
from yihui.frame.types import CivilDay, Form, FreeText
from yihui.money.reversals.queries import GrantingRule, list_granting_hashes, load_granting_rule
from yihui.runtime.language import Language
from yihui.services.access.second_person import require_first_person

MOST_SHOWN = 20
_SHORTEST_HASH = 8
REVERSAL_FAULTS = FaultTable(
    "rule_reversal",
    {
        "unknown_version": (
            N_("no version {value} of {rule} has decided anything"),
            N_("name at least eight characters of a hash; those that decided: {known}"),
        ),
        "everything": (
            N_(
                "neither a version nor a first day is given: that would take back all that {value} ever granted"
            ),
            N_("say which: the version, the first day, or both"),
        ),
        "nothing": (
            N_("nothing is left to take back of {value}"),
            N_("choose another version or other days; what ended or was taken back is out of reach"),
        ),
    },
)


class ReversalForm(Form):
    """Which grants of a rule are taken back, and why."""

    rule_version: Annotated[str | None, Prompt(N_("Only what this version granted"))] = None
    since: Annotated[CivilDay | None, Prompt(N_("Only what occurred on this day or later"))] = None
    until: Annotated[CivilDay | None, Prompt(N_("Only what occurred up to this day"))] = None
    reason: Annotated[FreeText, Prompt(N_("Reason (the members read it)"))]


def _read_criteria(act: Doing[ReversalForm, GrantingRule]) -> ReversalCriteria:
    """Return which grants are meant. *Raises*: FaultError if that would be all, or for an unknown version."""
    form, thing = act.form, act.thing
    if not (form.rule_version or form.since):
        raise FaultError(REVERSAL_FAULTS.build("everything", field="since", value=thing.title))
    hash_ = form.rule_version
    if hash_ is not None:
        known = list_granting_hashes(act.connection, thing.rule)
        found = [one for one in known if one.startswith(hash_)]
        if len(hash_) < _SHORTEST_HASH or len(found) != 1:
            some = ", ".join(one[:12] for one in known) or "…"
            raise FaultError(
                REVERSAL_FAULTS.build(
                    "unknown_version", field="rule_version", value=hash_[:64], rule=thing.title, known=some
                )
            )
        (hash_,) = found
    return ReversalCriteria(thing.rule, hash_, form.since, form.until)


@dataclass(frozen=True, slots=True)
class _Concerned:
    """What a reversal concerns: the grants of which something goes back, and those that were used and stay so."""

    taken: Sequence[ReversibleGrant]
    spent: Sequence[SpentGrant]

    @property
    def count(self) -> int:
        """The number of grants; one that was used in part is of both kinds."""
        return len({one.id for one in self.taken} | {one.id for one in self.spent})


def _find_concerned(act: Doing[ReversalForm, GrantingRule], wanted: ReversalCriteria) -> _Concerned:
    """Find what a reversal concerns; what an earlier act ended is left out. *Raises*: FaultError if that is nothing."""
    taken = find_reversible_grants(act.connection, wanted, civil_date(act.now))
    spent = find_spent_grants(act.connection, wanted)
    ended = find_ended_grants(act.connection, [one.id for one in spent])
    found = _Concerned(taken, [one for one in spent if one.id not in ended])
    if not found.count:
        raise FaultError(REVERSAL_FAULTS.build("nothing", field="rule_version", value=act.thing.title))
    return found


def reverse(act: Doing[ReversalForm, GrantingRule]) -> Change:
    """Take the one matching grant back, or propose to take several back. *Raises*: FaultError if there is none."""
    wanted, form = _read_criteria(act), act.form
    found = _find_concerned(act, wanted)
    if found.count > 1:
        return _propose(act, wanted, found.taken)
    officer = Officer(act.actor.id, act.now, civil_date(act.now), form.reason)
    done = benefits.apply_reversal(act.connection, officer, wanted)
    record_act(
        act.connection, "reverse", act.now, rule=wanted.rule_id, version=wanted.version, since=wanted.since,
        until=wanted.until, by=officer.who, reason=form.reason,
    )  # fmt: skip
    return Change(wanted.rule_id, {"version": wanted.version, "grants": done.grants}, reason=form.reason)


def _propose(
    act: Doing[ReversalForm, GrantingRule], wanted: ReversalCriteria, taken: Sequence[ReversibleGrant]
) -> Change:
    """Store the proposal to reverse several grants. *Raises*: FaultError if the same waits, or nobody could confirm."""
    require_first_person(act.wiring, act.connection, act.actor.id)
    since, until = (one and one.isoformat() for one in (wanted.since, wanted.until))
    members, amount = len({one.member_id for one in taken}), sum(one.amount_fen for one in taken)
    terms = {
        "version": wanted.version, "since": since, "until": until,
        "grants": len(taken), "members": members, "amount_fen": amount,
    }  # fmt: skip
    pending = propose_pending_act(
        act.connection, PendingKind.MASS_REVERSAL, wanted.rule_id, terms,
        (act.actor.id, act.form.reason, act.now),
    )  # fmt: skip
    about = ("pending_act", str(pending.number))
    return Change(wanted.rule_id, {"rule": wanted.rule_id, **terms}, reason=act.form.reason, about=about)


def preview_reversal(act: Doing[ReversalForm, GrantingRule], language: Language) -> Preview:
    """Return from whom how much would be taken back, the largest one by one, and what was used already and stays so."""
    found = _find_concerned(act, _read_criteria(act))
    taken, spent = found.taken, found.spent
    facts = (
        Fact("grants", N_("Grants"), len(taken)),
        Fact("members", N_("Members"), len({one.member_id for one in taken})),
        Fact("amount_fen", N_("Goes back"), Money(sum(one.amount_fen for one in taken))),
        Fact("spent", N_("Were used or sent to the bank already, and stay so"), len(spent)),
        Fact("next", N_("What follows"), language.translate(_FOLLOWS[found.count > 1])),
    )
    largest = sorted(taken, key=lambda one: -one.amount_fen)[:MOST_SHOWN]
    sections: list[Section] = [Facts("", facts)]
    for name, columns, all_, shown in (
        ("grants", _TAKEN, taken, largest),
        ("spent", _list_columns(language), spent, spent[:MOST_SHOWN]),
    ):
        title = language.render(N_("The first {most} of {count}"), most=len(shown), count=len(all_))
        sections += [Table(name, title, columns, shown, "")] if shown else []
    return Preview(sections, ("rule", act.thing.rule))


def _list_columns(language: Language) -> Sequence[TableColumn[SpentGrant]]:
    from yihui.views.vouchers import amount_text

    return (
        TableColumn("member", N_("Member"), lambda one: Person(one.member_id)),
        TableColumn("title", N_("Benefit"), lambda one: one.title),
        TableColumn(
            "used", N_("Used or on its way"), lambda one: amount_text(one.redeemed, one.unit, language)
        ),
        TableColumn("paid", N_("paid"), lambda one: amount_text(one.settled, one.unit, language)),
    )


_FOLLOWS = {
    False: N_("It is taken back at once; what was spent becomes a debt or stays spent, as the rule says."),
    True: N_("It waits until a second person has confirmed it; nothing is taken back before."),
}
_TAKEN = (
    TableColumn[ReversibleGrant]("member", N_("Member"), lambda one: Person(one.member_id)),
    TableColumn[ReversibleGrant]("amount_fen", N_("Goes back"), lambda one: Money(one.amount_fen)),
    TableColumn[ReversibleGrant](
        "spent_fen", N_("Was used already and stays so"), lambda one: Money(one.spent_fen)
    ),
)


def _offer_versions(thing: GrantingRule) -> Mapping[str, Mapping[str, Cell]]:
    """Return the versions among which an officer chooses, by their days and by how much they granted."""
    return {
        "rule_version": {
            one.hash: Phrase(
                N_("in force from {since} to {until}: {count} grants")
                if one.until
                else N_("in force since {since}: {count} grants"),
                {"since": one.since or "–", "until": one.until or "–", "count": one.grants},
            )
            for one in thing.versions
        }
    }


GRANTING_RULE = Kind[GrantingRule](
    "rule",
    lambda at, rule, _: load_granting_rule(at, rule),
    lambda one: 1 + len(one.past),
    lambda one: one.owners[0],
    lambda one, _: one.owners,
    key=str,
    needs_all=True,
)
REVERSE = Act(
    "reverse",
    N_("Take back what it granted"),
    ReversalForm,
    reverse,
    Right.REVERSE,
    "money.reverse.reverse",
    N_("One grant was taken back at once; several wait for a second person now."),
    GRANTING_RULE,
    offered=_offer_versions,
    prepare=lambda _, connection: benefits.lock_rulebook_exclusive(connection),
    preview=preview_reversal,
    reading=Right.READ_MONEY,
    is_grave=True,
)
