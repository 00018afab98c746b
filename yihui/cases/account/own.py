"""What a member does herself about where she is logged in: log a phone out, end an app's way in."""

from sqlalchemy import delete

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.audit import MEMBER_OBJECT
from yihui.access.member_sessions import (
    MemberEndReason,
    MemberSession,
    end_member_session,
    end_member_sessions,
    list_member_sessions,
)
from yihui.access.roles import Right
from yihui.access.tables import member_app_links
from yihui.frame.acts import HERSELF, MEMBER, Act, Change, Doing, Kind
from yihui.frame.content import ThingPage
from yihui.frame.looking import THING_FAULTS, find_among
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.types import Form
from yihui.services.access.member_handover import AppLink, list_app_links

_SESSIONS, _APPS = "account/sessions", "account/apps"
_ABOVE = (("/me/account", N_("Me")),)
_ENDED = N_("It was logged out.")


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


_load_session = find_among(
    lambda at: list_member_sessions(at.connection, at.actor.id, at.now), lambda session: session.id
)
_load_app = find_among(lambda at: list_app_links(at.wiring, at.connection, at.actor.id), lambda app: app.name)
SESSION = Kind("member_session", _load_session, lambda _: 1, key=str, member=lambda one: one.member_id)
APP = Kind(MEMBER_OBJECT, _load_app, lambda _: 1, key=str, member=lambda one: one.member)
END = Act("end", N_("Log out"), Form, _end, Right.OWN, "own.end_sessions", _ENDED, SESSION, doors=MEMBER,
          leads_to=_SESSIONS)  # fmt: skip
END_OTHERS = Act("others", N_("Log out all others"), Form, _end_others, Right.OWN, "own.end_sessions", _ENDED, HERSELF,
                 makes=True, doors=MEMBER)  # fmt: skip
UNLINK = Act("unlink", N_("No longer"), Form, _unlink, Right.OWN, "member_apps.unlink",
             N_("From there you need a code again."), APP, doors=MEMBER, leads_to=_APPS)  # fmt: skip
SESSIONS = Noun(_SESSIONS, N_("My phones"), SESSION, BY_HAND, lambda _, one, __: ThingPage(one.device, ()), Right.OWN,
                (END, END_OTHERS), _ABOVE)  # fmt: skip
APPS = Noun(_APPS, N_("Apps that let me in without a code"), APP, BY_HAND, lambda _, one, __: ThingPage(one.title, ()),
            Right.OWN, (UNLINK,), _ABOVE)  # fmt: skip
