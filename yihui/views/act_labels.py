"""Name the acts of the audit log in words: the right by which somebody acted, and the act below it."""

from collections.abc import Mapping
from operator import itemgetter

from core.text_marks import N_
from yihui.access.roles import RIGHT_LABELS, Right
from yihui.runtime.language import Language
from yihui.services.desk.record_names import RecordNames
from yihui.views.audit_terms import OBJECT_LABELS, VERB_LABELS

_OTHERS: Mapping[str, str] = {
    "hotline": N_("Hotline"),
    "hotline.read_decisions": RIGHT_LABELS[Right.READ_BENEFITS],
    "hotline.unmask": N_("unmask a caller's data"),
    "member_sessions": N_("log-in on a phone"),
    "reminders.choose": N_("choose reminders"),
    "members.export_own": N_("download all of one's own data"),
    "accounts": N_("accounts"),
    "sessions": N_("sessions"),
    "hardship": N_("Hardship"),
    "mutual_aid": N_("Mutual aid"),
    "member_apps": N_("apps of other organisations"),
    "officers": N_("officers"),
    "oidc": N_("log-in of the union"),
}
_LABELS: Mapping[str, str] = {**{str(one): label for one, label in RIGHT_LABELS.items()}, **_OTHERS}


_NAMELESS = frozenset({"analysis", "demand_file", "form", "job", "simulation"})  # their ids are random digits


def object_text(kind: str, language: Language) -> str:
    """Return the kind of a record in words; one that no page shows, as it was recorded."""
    return language.translate(OBJECT_LABELS[kind]) if kind in OBJECT_LABELS else kind


def object_name(kind: str, id_: str, names: RecordNames) -> str:
    """Return the name of a record on which somebody acted; its id if it has none; nothing for a form's key."""
    if kind in _NAMELESS:
        return ""
    found = {
        "rule": names.rule,
        "budget": names.budget,
        "organisation": names.organisation,
        "district": names.organisation,
        "officer": names.officer,
    }.get(kind)
    return (found(id_) if found else "") or id_


def act_text(act: str, language: Language) -> str:
    """Return an act in words: its right, and what was done by it; a command of the console as it was typed."""
    beginnings = [one for one in _LABELS if act == one or act.startswith((f"{one}.", f"{one}:"))]
    known = max(beginnings, key=len, default="")
    rest = act[len(known) :]
    done = _done_text(rest.lstrip(".: "), language, is_command=rest.startswith(":"))
    return " · ".join(filter(None, (language.translate(_LABELS[known]) if known else "", done)))


def _done_text(name: str, language: Language, *, is_command: bool) -> str:
    """Return what follows the right; the name of a form may end in the id of the record that it is about."""
    room, point, verb = name.partition(".")
    if point and room in _LABELS:  # mutual_aid.policy_approve
        return " · ".join(
            (language.translate(_LABELS[room]), _done_text(verb, language, is_command=is_command))
        )
    named = (name, name.partition("-")[0], name.removeprefix("policy_"))
    label = next((VERB_LABELS[one] for one in named if one in VERB_LABELS), "")
    if label:
        return language.translate(label)
    return language.render(N_("command {command}"), command=name) if is_command and name else name


def act_choices(language: Language) -> list[tuple[str, str]]:
    """Return the beginnings of acts' names by which a reader chooses, with their labels, in the labels' order."""
    return sorted(((act, language.translate(label)) for act, label in _LABELS.items()), key=itemgetter(1))


def object_choices(language: Language) -> list[tuple[str, str]]:
    """Return the kinds of records by which a reader chooses, with their labels, in the labels' order."""
    return sorted(((kind, object_text(kind, language)) for kind in OBJECT_LABELS), key=itemgetter(1))
