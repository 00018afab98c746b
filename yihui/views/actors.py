"""Name an actor as readers see it: an officer by her post, a user of the operating system as one who has no log-in."""

from collections.abc import Mapping

from core.text_marks import N_
from yihui.access.actor import CONSOLE_PREFIX, is_console_user
from yihui.runtime.language import Language
from yihui.services.desk.record_names import NO_NAMES, RecordNames

_CONSOLE = N_("console {who} (not logged in)")
# The kinds of actors who are no officers: what stands before the colon of their ids (yihui/access/actor.py).
_PREFIXES: Mapping[str, str] = {
    "sender": N_("program {who}"),
    "job": N_("the program itself ({who})"),
    "member": N_("the member {who}"),
    "keeper": N_("the keeper with the key {who}"),
}
_WITHOUT_ID = {"job": N_("the program itself"), "keeper": N_("the station's keeper")}
_OTHERS: Mapping[str, str] = {
    "demo": N_("user of the demo"),
    "console": N_("console"),
    "unknown": N_("somebody who was not logged in"),
}


def actor_label(who: str, language: Language, names: RecordNames = NO_NAMES) -> str:
    """Return the actor's post with the id beside it; who is no officer, in words; who has no post, by the id's end."""
    if is_console_user(who):
        return language.render(_CONSOLE, who=who[len(CONSOLE_PREFIX) :])
    if who in _OTHERS:
        return language.translate(_OTHERS[who])
    kind, _, name = who.partition(":")
    if name and kind in _WITHOUT_ID and not names.with_ids:
        return language.translate(_WITHOUT_ID[kind])
    if name and kind in _PREFIXES:
        return language.render(_PREFIXES[kind], who=name)
    if names.with_ids or not who:
        return who
    if post := names.officer(who):
        return language.render(N_("{post} ({id})"), post=post, id=who)
    return language.render(N_("officer {end}"), end=f"…{who[-3:]}")
