"""What an officer does to a member: transfer her, record that she left …, see her data in clear or of another day."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from members.standing import MembershipAct, MembershipActKind
from yihui.access.roles import Right
from yihui.cases.kernel.sealing import seal, take_rules
from yihui.cases.members.facts import build_facts
from yihui.cases.members.member import MEMBER, PERSON_TITLES, Member
from yihui.cases.members.memberships import record_membership_act
from yihui.frame.acts import Act, Change, Doing
from yihui.frame.content import Fact, Facts, Section
from yihui.frame.types import CivilDay, Form, FreeText, OrganisationCode, read_text

if TYPE_CHECKING:
    from members import PersonalData

RIGHT = Right.CHANGE_MEMBERS
_Day = Annotated[CivilDay | None, Prompt(N_("From which day"), N_("today unless you say another day"))]
_Reason = Annotated[
    str | None,
    Field(min_length=1, max_length=100),
    BeforeValidator(read_text),
    Prompt(N_("Reason (is recorded; no names or numbers)")),
]


class MembershipForm(Form):
    """From which day a membership is another one, and why."""

    on: _Day = None
    reason: _Reason = None


class MoveForm(Form):
    """To which organisation a member goes."""

    to: Annotated[OrganisationCode, Prompt(N_("New organisation"))]
    on: _Day = None
    reason: _Reason = None


class UnmaskForm(Form):
    """What is to be seen in clear, and why."""

    field: Annotated[
        tuple[Literal["name", "phone", "id_number"], ...],
        Field(min_length=1),
        Prompt(N_("What to show"), labels=PERSON_TITLES),
    ]
    reason: Annotated[FreeText, Prompt(N_("Reason (is recorded; no names or numbers)"))]


class DayForm(Form):
    """The day for which a member's facts are shown."""

    on: Annotated[CivilDay, Prompt(N_("On which day"))]


def _record(kind: MembershipActKind) -> "Callable[[Doing[Any, Member]], Change]":
    def do(act: "Doing[Any, Member]") -> Change:
        form, member = act.form, act.thing
        wanted = MembershipAct(
            kind, member.id, form.on or member.today, act.actor.id, getattr(form, "to", None), form.reason
        )
        after = record_membership_act(act.wiring, act.connection, wanted, act.now)
        return Change(member.id, after, reason=form.reason or "")

    return do


def _act(kind: MembershipActKind, title: str, done: str, **more: Any) -> Act[Any, Member]:
    form: type[BaseModel] = MembershipForm
    if kind in ("transfer", "rejoin"):
        form, more["places"] = MoveForm, lambda act: (act.form.to,)
    return Act(
        kind,
        title,
        form,
        _record(kind),
        RIGHT,
        f"{RIGHT.value}.{kind}",
        done,
        MEMBER,
        ticked=N_("I have checked this"),
        prepare=take_rules,
        after=seal,
        **more,
    )


def _require_person(act: "Doing[UnmaskForm, Member]") -> "PersonalData":
    """Return what the vault holds of the member. *Raises*: FaultError without a key, a row or a field that is asked for."""
    from members import PersonalData
    from yihui.services.members.vault import VAULT_ACT_FAULTS, require_vault

    vault, id_ = require_vault(act.wiring), act.thing.id
    with act.wiring.vault_database.read() as connection:
        person = vault.read_persons(connection, [id_]).get(id_, PersonalData())
    known = {name for name, _ in person.items()}
    missing = [name for name in act.form.field if name not in known]
    if missing:
        raise FaultError(
            [
                VAULT_ACT_FAULTS.build("no_field", field=name, terms={"field": PERSON_TITLES[name]})
                for name in missing
            ]
        )
    return person


def _unmask(act: "Doing[UnmaskForm, Member]") -> Change:
    """Record who sees which fields and why. *Raises*: FaultError for a reason that holds them."""
    from benefits import Officer
    from yihui.services.members.vault import open_vault_beside, record_unmaskings

    form, member, person = act.form, act.thing, _require_person(act)
    officer = Officer(act.actor.id, act.now, member.today, form.reason)
    with open_vault_beside(act.wiring, act.connection) as beside:
        record_unmaskings(beside, member.id, person, form.field, officer)
    return Change(member.id, {"field": list(form.field)}, reason=form.reason)


def _reveal(act: "Doing[UnmaskForm, Member]") -> Sequence[Section]:
    shown = [pair for pair in _require_person(act).items() if pair[0] in act.form.field]
    return (Facts("", [Fact(name, PERSON_TITLES[name], value) for name, value in shown]),)


def _show_facts(act: "Doing[DayForm, Member]") -> Sequence[Section]:
    from members import facts_on

    return (build_facts(facts_on(act.thing.history, act.form.on)),)


UNMASK = Act("unmask", N_("Show it in clear"), UnmaskForm, _unmask, Right.UNMASK_MEMBERS,
             Right.UNMASK_MEMBERS.value, "", MEMBER, button=N_("Show it; it is recorded who saw it and why"),
             is_fresh=True, ticked=N_("I have checked this"), reveal=_reveal)  # fmt: skip
FACTS = Act("facts", N_("Facts of another day"), DayForm, lambda act: Change(act.thing.id), Right.READ_MEMBERS,
            Right.READ_MEMBERS.value, "", MEMBER, button=N_("Show"), reveal=_show_facts)  # fmt: skip
MEMBERSHIP_ACTS: Mapping[MembershipActKind, Act[Any, Member]] = {
    "transfer": _act(
        "transfer",
        N_("Transfer to another organisation"),
        N_("The member was transferred; benefits went along."),
    ),
    "rejoin": _act("rejoin", N_("Join again"), N_("The member joined again.")),
    "suspend": _act("suspend", N_("Suspend the membership"), N_("The membership is suspended.")),
    "resume": _act("resume", N_("Let the membership go on"), N_("The membership goes on.")),
    "retire": _act("retire", N_("Retire"), N_("The member retired and stays a member.")),
    "leave": _act("leave", N_("Leave the union"), N_("It was recorded that the member left."), is_grave=True),
    "decease": _act("decease", N_("Record a death"), N_("The death was recorded."), is_grave=True),
}
