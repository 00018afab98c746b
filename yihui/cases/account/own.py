"""The member's page about herself, and where she is logged in: she logs a phone out, or ends an app's way in."""

from typing import Any

from sqlalchemy import delete

from core.civil_time import format_civil_minute
from core.faults import FaultError
from core.text_marks import N_
from yihui.access.audit import MEMBER_OBJECT
from yihui.access.member_sessions import (
    WAYS_WITHOUT_APP,
    MemberEndReason,
    MemberSession,
    end_member_session,
    end_member_sessions,
    list_member_sessions,
)
from yihui.access.roles import Right
from yihui.access.tables import member_app_links
from yihui.cases.kernel.own_tables import build_table
from yihui.frame.acts import HERSELF, MEMBER, Act, Change, Doing, Kind
from yihui.frame.cells import Button, Cell, Chip, Choice, Link, Phrase
from yihui.frame.content import Advice, Section, ThingPage
from yihui.frame.listing import Looking
from yihui.frame.looking import THING_FAULTS, find_among
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.own_view import build_path
from yihui.frame.types import Form
from yihui.runtime.language import Language
from yihui.services.access.member_codes import read_own_phone_mask
from yihui.services.access.member_handover import AppLink, list_app_links

_PATH, _SESSIONS, _APPS = "account", "account/sessions", "account/apps"
_ABOVE = (("/me/account", N_("Me")),)
_ENDED = N_("It was logged out.")
_PAGES = (
    Link("/me/data", Choice("data", N_("My data"))),
    Link("/me/membership", Choice("membership", N_("My membership"))),
    Link("/me/help", Choice("help", N_("Help"))),
    Link("/me/decisions", Choice("decisions", N_("Why, why not"))),
)
_HERE = N_("You are logged in here. Is one of these lost, or not yours? Log it out.")
_FORGET = N_("Logging out also deletes what this site stored on the phone. Do it on a phone that others use.")


def _end(act: Doing[Form, MemberSession]) -> Change:
    """End a session, as on a lost phone. *Raises*: FaultError if it was ended meanwhile."""
    member, ended = act.actor.id, act.thing.id
    if not end_member_session(act.connection, member, ended, MemberEndReason.BY_OWNER, act.now):
        raise FaultError(THING_FAULTS.build("unknown_own", field="key"))
    return Change(ended, about=(MEMBER_OBJECT, member))


def _end_others(act: Doing[Form, str]) -> Change:
    """End all sessions but that of the phone in her hand."""
    member, own = act.actor.id, act.actor.session or ""
    end_member_sessions(act.connection, member, MemberEndReason.BY_OWNER, act.now, but=own)
    return Change(member)


def _unlink(act: Doing[Form, AppLink]) -> Change:
    """Let an app hand no log-in of hers over any more."""
    member, app, c = act.actor.id, act.thing.name, member_app_links.c
    act.connection.execute(delete(member_app_links).where(c.member_id == member, c.app == app))
    return Change(app, {"app": app}, about=(MEMBER_OBJECT, member))


def _show(look: Looking[Any], member: str, language: Language) -> ThingPage:
    """Return the way to what else is about her, her phones, this one first, and the apps that let her in."""
    sessions = list_member_sessions(look.connection, member, look.now)
    sessions.sort(key=lambda one: one.id != look.actor.session)
    phones = [_list_cells(look, one) for one in sessions]
    apps = [
        (one.title, Phrase(N_("since {since}"), {"since": format_civil_minute(one.linked_at)}),
         Button(build_path(_APPS, one.name, UNLINK.name), Choice("unlink", UNLINK.title)))
        for one in list_app_links(look.wiring, look.connection, member)
    ]  # fmt: skip
    logout = Button(f"/me/logout?lang={language.code}", Choice("logout", N_("Log out on this phone")))
    sections: list[Section] = [
        build_table("pages", "", [(one,) for one in _PAGES]),
        Advice(language.translate(_HERE)),
        build_table("phones", SESSIONS.title, phones),
        *([build_table("apps", APPS.title, apps)] if apps else ()),
        build_table("logout", "", [(language.translate(_FORGET), logout)]),
    ]
    phone = read_own_phone_mask(look.wiring, member)
    notice = language.render(N_("Codes go to {phone}."), phone=phone) if phone else ""
    acts = (END_OTHERS.name,) if len(phones) > 1 else ()
    return ThingPage(language.translate(ACCOUNT.title), sections, notice=notice, acts=acts)


def _list_cells(look: Looking[Any], one: MemberSession) -> list[Cell]:
    """Return a phone as its member reads it, with the button that logs it out where it isn't this one."""
    titles = {app.name: app.title for app in look.wiring.member_apps}
    times = {"since": format_civil_minute(one.started_at), "seen": format_civil_minute(one.seen_at)}
    used = Phrase(N_("since {since}, last used {seen}"), times)
    app = Phrase(N_("by the app {app}"), {"app": titles.get(one.way, one.way)})
    is_this = one.id == look.actor.session
    end = Button(build_path(_SESSIONS, one.id, END.name), Choice("end", END.title))
    this = Chip("this", N_("This phone"), "good")
    return [one.device, this if is_this else None, used, None if one.way in WAYS_WITHOUT_APP else app, None if is_this else end]  # fmt: skip


_load_session = find_among(
    lambda at: list_member_sessions(at.connection, at.actor.id, at.now), lambda session: session.id
)
_load_app = find_among(lambda at: list_app_links(at.wiring, at.connection, at.actor.id), lambda app: app.name)
SESSION = Kind("member_session", _load_session, lambda _: 1, key=str, member=lambda one: one.member_id)
APP = Kind(MEMBER_OBJECT, _load_app, lambda _: 1, key=str, member=lambda one: one.member)
END = Act("end", N_("Log out"), Form, _end, Right.OWN, "own.end_sessions", _ENDED, SESSION, doors=MEMBER,
          leads_to=_PATH)  # fmt: skip
END_OTHERS = Act("others", N_("Log out all others"), Form, _end_others, Right.OWN, "own.end_sessions", _ENDED, HERSELF,
                 makes=True, doors=MEMBER)  # fmt: skip
UNLINK = Act("unlink", N_("No longer"), Form, _unlink, Right.OWN, "member_apps.unlink",
             N_("From there you need a code again."), APP, doors=MEMBER, leads_to=_PATH)  # fmt: skip
SESSIONS = Noun(_SESSIONS, N_("My phones"), SESSION, BY_HAND, lambda _, one, __: ThingPage(one.device, ()), Right.OWN,
                (END,), _ABOVE)  # fmt: skip
APPS = Noun(_APPS, N_("Apps that let me in without a code"), APP, BY_HAND, lambda _, one, __: ThingPage(one.title, ()),
            Right.OWN, (UNLINK,), _ABOVE)  # fmt: skip
ACCOUNT = Noun(_PATH, N_("Me"), HERSELF, BY_HAND, _show, Right.OWN, (END_OTHERS,))
