"""What a member does herself with a benefit of hers: claim it, have its code shown, replace a lost code."""

from functools import partial
from typing import TYPE_CHECKING, Any

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.frame.acts import MEMBER, Act, Change, Doing, Kind
from yihui.frame.content import ThingPage
from yihui.frame.listing import Looking
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.types import Form
from yihui.money.vouchers.calls import give_code, load_key
from yihui.services.benefits.claims import claim_in
from yihui.services.benefits.own_benefit import require_own_grant

if TYPE_CHECKING:
    from benefits import Grant

PATH = "benefits"


def _load(at: Doing[Any, Any] | Looking[Any], key: str, lock: bool) -> "Grant":
    return require_own_grant(at.connection, at.actor.id, key)


def _claim(act: "Doing[Form, Grant]") -> Change:
    """Claim a benefit on the day on which the form arrived. *Raises*: FaultError if it can't be claimed."""
    claim_in(act.connection, act.thing.id, act.now, act.actor.id)
    return Change(act.thing.id)


def _give_code(act: "Doing[Form, Grant]", *, anew: bool) -> Change:
    give_code(act, act.thing.id, anew=anew, member=act.actor.id)
    return Change(act.thing.id)


GRANT = Kind["Grant"]("grant", _load, lambda _: 1, key=str, member=lambda grant: grant.member_id)
CLAIM = Act("claim", N_("Claim it"), Form, _claim, Right.OWN, "own.claim", N_("You have claimed it."), GRANT,
            doors=MEMBER, leads_to=PATH)  # fmt: skip
CODE = Act("code", N_("Show my code"), Form, partial(_give_code, anew=False), Right.OWN, "own.code",
           N_("Here is your code."), GRANT, doors=MEMBER, leads_to=PATH, around=load_key)  # fmt: skip
NEW_CODE = Act("anew", N_("Give me a new code"), Form, partial(_give_code, anew=True), Right.OWN, "own.code",
               N_("Here is a new code. The old one is no longer valid."), GRANT, doors=MEMBER, leads_to=PATH,
               around=load_key)  # fmt: skip
BENEFITS = Noun(PATH, N_("My benefits"), GRANT, BY_HAND, lambda _, one, __: ThingPage(one.title, ()), Right.OWN,
                (CLAIM, CODE, NEW_CODE))  # fmt: skip
