"""Name the acts of the audit log in words: the right by which somebody acted, and the act below it."""

from collections.abc import Mapping
from types import MappingProxyType

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.runtime.language import Language

RIGHT_LABELS: Mapping[Right, str] = MappingProxyType(
    {
        Right.READ_OFFICERS: N_("read officers"),
        Right.APPOINT_OFFICERS: N_("appoint officers"),
        Right.END_SESSIONS: N_("end sessions"),
        Right.ISSUE_KEYS: N_("issue keys"),
        Right.READ_AUDIT: N_("read the audit log"),
        Right.READ_OPERATION: N_("look at the operation"),
        Right.OPERATE: N_("operate"),
        Right.BACK_UP: N_("back up"),
        Right.READ_ORGANISATIONS: N_("read organisations"),
        Right.CHANGE_ORGANISATIONS: N_("change organisations"),
        Right.READ_MEMBERS: N_("read a member's data (masked)"),
        Right.UNMASK_MEMBERS: N_("unmask a member's data"),
        Right.CHANGE_MEMBERS: N_("change members"),
        Right.CORRECT_MEMBERS: N_("correct a member's facts"),
        Right.ERASE_MEMBERS: N_("erase members"),
        Right.READ_STATISTICS: N_("read statistics"),
        Right.READ_RULES: N_("read rules"),
        Right.WRITE_RULES: N_("write rules"),
        Right.COMMENT_RULES: N_("comment on a version of a rule"),
        Right.SIMULATE_RULES: N_("simulate rules"),
        Right.READ_SIMULATIONS: N_("see simulations of rules"),
        Right.APPROVE_RULES: N_("approve rules"),
        Right.STOP_RULES: N_("stop rules"),
        Right.LIFT_STOPS: N_("lift stops"),
        Right.READ_BENEFITS: N_("read a member's benefits"),
        Right.DECIDE_APPLICATIONS: N_("decide applications"),
        Right.READ_APPLICATIONS: N_("read applications"),
        Right.READ_MONEY: N_("read money"),
        Right.PREPARE_MONEY: N_("prepare money"),
        Right.RELEASE_MONEY: N_("release money"),
        Right.SET_BUDGETS: N_("set budgets"),
        Right.RAISE_BUDGETS: N_("raise budgets"),
        Right.REVERSE: N_("reverse"),
        Right.REVERSE_MASS: N_("reverse many grants"),
        Right.RUN_DRAWS: N_("run draws"),
        Right.READ_STATIONS: N_("read stations"),
        Right.CHANGE_STATIONS: N_("change stations"),
        Right.PLAN: N_("plan"),
        Right.READ_HARDSHIP: N_("read hardship files"),
        Right.KEEP_HARDSHIP: N_("keep hardship files"),
        Right.READ_CASES: N_("read hotline cases (masked)"),
        Right.HANDLE_CASES: N_("handle hotline cases"),
        Right.EDIT_ARTICLES: N_("edit articles"),
    }
)
_OTHERS: Mapping[str, str] = MappingProxyType(
    {
        "hotline": N_("Hotline"),
        "hotline.read_decisions": N_("read a member's benefits"),
        "hotline.unmask": N_("unmask a caller's data"),
        "member_sessions": N_("log-in on a phone"),
        "reminders.choose": N_("choose reminders"),
        "members.export_own": N_("download all of one's own data"),
        "accounts": N_("accounts"),
        "sessions": N_("sessions"),
    }
)
_LABELS: Mapping[str, str] = MappingProxyType({**{str(one): RIGHT_LABELS[one] for one in Right}, **_OTHERS})

_OBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "member": N_("Member"),
        "organisation": N_("Organisation"),
        "station": N_("Station"),
        "rule": N_("Rule"),
        "payout_batch": N_("Batch"),
        "hotline_case": N_("Hotline"),
        "scenario": N_("Scenario"),
        "budget": N_("Budget"),
        "event_file": N_("File of events"),
        "inspection": N_("Inspection of a station"),
        "register": N_("Register"),
        "roll": N_("Roll of members"),
        "demand_file": N_("File of demand"),
    }
)


def object_text(kind: str, language: Language) -> str:
    """Return the kind of a record in words; one that no page shows, as it was recorded."""
    return language.translate(_OBJECTS[kind]) if kind in _OBJECTS else kind


def act_text(act: str, language: Language) -> str:
    """Return an act in words: its right, and what follows the right as it was recorded."""
    beginnings = [one for one in _LABELS if act == one or act.startswith((f"{one}.", f"{one}:"))]
    if not beginnings:
        return act
    known = max(beginnings, key=len)
    rest = act[len(known) :].lstrip(".: ")
    label = language.translate(_LABELS[known])
    return f"{label} · {rest}" if rest else label
