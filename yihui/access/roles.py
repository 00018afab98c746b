"""The roles of officers, and the rights of each role: the one table that every door asks."""

from collections.abc import Mapping
from enum import StrEnum

from core.text_marks import N_


class Role(StrEnum):
    """What an officer is appointed to be, for one organisation and all below it."""

    ADMINISTRATOR = "administrator"
    RULE_AUTHOR = "rule_author"
    RULE_APPROVER = "rule_approver"
    FINANCE_PREPARER = "finance_preparer"
    FINANCE_RELEASER = "finance_releaser"
    CASE_WORKER = "case_worker"
    HOTLINE_AGENT = "hotline_agent"
    PLANNER = "planner"
    REGISTER_KEEPER = "register_keeper"
    AUDITOR = "auditor"


class Right(StrEnum):
    """What somebody may do: a noun, and the act on it."""

    READ_OFFICERS = "officers.read"
    APPOINT_OFFICERS = "officers.appoint"
    END_SESSIONS = "sessions.end"
    ISSUE_KEYS = "keys.issue"  # keys of senders, merchants, keepers and feeds
    READ_AUDIT = "audit.read"
    READ_OPERATION = "operation.read"  # metrics, streams, dead letters
    OPERATE = "operation.act"  # mend and replay dead letters, redeliver, run the schedule
    BACK_UP = "operation.back_up"
    READ_ORGANISATIONS = "organisations.read"
    CHANGE_ORGANISATIONS = "organisations.change"
    READ_MEMBERS = "members.read"  # masked
    UNMASK_MEMBERS = "members.unmask"  # names and numbers, with a reason
    CHANGE_MEMBERS = "members.change"  # joins, transfers, cards
    CORRECT_MEMBERS = "members.correct"  # facts that were recorded wrongly, with the proof
    ERASE_MEMBERS = "members.erase"
    READ_STATISTICS = "statistics.read"
    READ_RULES = "rules.read"
    WRITE_RULES = "rules.write"  # draft, submit
    SIMULATE_RULES = "rules.simulate"  # replay the journal through a draft or a version
    READ_SIMULATIONS = "simulations.read"  # the figures of one's own subtree, of anybody's simulations
    APPROVE_RULES = "rules.approve"
    STOP_RULES = "rules.stop"
    LIFT_STOPS = "rules.lift_stop"
    READ_BENEFITS = "benefits.read"  # decisions, grants, vouchers, with their reasons
    DECIDE_APPLICATIONS = "applications.decide"
    READ_APPLICATIONS = "applications.read"
    READ_MONEY = "money.read"
    PREPARE_MONEY = "money.prepare"  # payouts, reconciliation, reversals asked for
    RELEASE_MONEY = "money.release"
    SET_BUDGETS = "money.set_budgets"
    CONFIRM_BUDGETS = "money.confirm_budgets"
    REVERSE = "money.reverse"
    REVERSE_MASS = "money.reverse_mass"
    RUN_DRAWS = "draws.run"
    READ_STATIONS = "stations.read"
    CHANGE_STATIONS = "stations.change"
    PLAN = "planning.run"
    READ_HARDSHIP = "hardship.read"
    KEEP_HARDSHIP = "hardship.keep"
    READ_CASES = "hotline.read"
    HANDLE_CASES = "hotline.handle"
    EDIT_ARTICLES = "hotline.edit_articles"
    OWN = "own"  # what a member does herself with what is hers; no role holds it


RIGHT_LABELS: Mapping[Right, str] = {
    Right.READ_OFFICERS: N_("see officers and roles"),
    Right.APPOINT_OFFICERS: N_("add and appoint officers"),
    Right.END_SESSIONS: N_("end others' sessions"),
    Right.ISSUE_KEYS: N_("issue keys of programs, merchants and keepers"),
    Right.READ_AUDIT: N_("read the audit log"),
    Right.READ_OPERATION: N_("see how the system runs"),
    Right.OPERATE: N_("run the system: events, dead letters, webhooks"),
    Right.BACK_UP: N_("back up"),
    Right.READ_ORGANISATIONS: N_("see organisations"),
    Right.CHANGE_ORGANISATIONS: N_("change organisations"),
    Right.READ_MEMBERS: N_("see members, masked"),
    Right.UNMASK_MEMBERS: N_("see members' names and numbers, with a reason"),
    Right.CHANGE_MEMBERS: N_("change memberships"),
    Right.CORRECT_MEMBERS: N_("correct members' facts, with the document that proves it"),
    Right.ERASE_MEMBERS: N_("erase a person"),
    Right.READ_STATISTICS: N_("see statistics"),
    Right.READ_RULES: N_("see rules"),
    Right.WRITE_RULES: N_("write and submit rules"),
    Right.SIMULATE_RULES: N_("simulate rules"),
    Right.READ_SIMULATIONS: N_("see simulations of rules"),
    Right.APPROVE_RULES: N_("approve rules"),
    Right.STOP_RULES: N_("stop rules at once"),
    Right.LIFT_STOPS: N_("let stopped rules go on"),
    Right.READ_BENEFITS: N_("see decisions and benefits"),
    Right.DECIDE_APPLICATIONS: N_("decide applications and appeals"),
    Right.READ_APPLICATIONS: N_("see applications"),
    Right.READ_MONEY: N_("see payments and budgets"),
    Right.PREPARE_MONEY: N_("prepare payments"),
    Right.RELEASE_MONEY: N_("release payments"),
    Right.SET_BUDGETS: N_("set budgets"),
    Right.CONFIRM_BUDGETS: N_("confirm changes of budgets"),
    Right.REVERSE: N_("reverse a grant"),
    Right.REVERSE_MASS: N_("confirm that many grants are reversed"),
    Right.RUN_DRAWS: N_("run draws"),
    Right.READ_STATIONS: N_("see the register of stations"),
    Right.CHANGE_STATIONS: N_("keep the register of stations"),
    Right.PLAN: N_("plan stations"),
    Right.READ_HARDSHIP: N_("see hardship files"),
    Right.KEEP_HARDSHIP: N_("keep hardship files"),
    Right.READ_CASES: N_("see hotline cases"),
    Right.HANDLE_CASES: N_("handle hotline cases"),
    Right.EDIT_ARTICLES: N_("edit the hotline's articles"),
    Right.OWN: N_("by the person concerned"),
}

_READING = frozenset(right for right in Right if right.endswith(".read"))
_ORGANISATIONS = frozenset({Right.READ_ORGANISATIONS, Right.READ_STATISTICS})
_RULES = frozenset({Right.READ_RULES, Right.READ_BENEFITS})
_SIMULATIONS = frozenset({Right.SIMULATE_RULES, Right.READ_SIMULATIONS})

RIGHTS: Mapping[Role, frozenset[Right]] = {
    # An administrator appoints others, and so must not hold what takes two persons.
    Role.ADMINISTRATOR: _ORGANISATIONS
    | {
        Right.READ_OFFICERS,
        Right.APPOINT_OFFICERS,
        Right.END_SESSIONS,
        Right.ISSUE_KEYS,
        Right.READ_OPERATION,
        Right.OPERATE,
        Right.BACK_UP,
        Right.CHANGE_ORGANISATIONS,
        Right.READ_RULES,
        Right.READ_STATIONS,
    },
    Role.RULE_AUTHOR: _ORGANISATIONS | _RULES | _SIMULATIONS | {Right.WRITE_RULES, Right.STOP_RULES},
    Role.RULE_APPROVER: _ORGANISATIONS
    | _RULES
    | _SIMULATIONS
    | {Right.APPROVE_RULES, Right.STOP_RULES, Right.LIFT_STOPS, Right.RUN_DRAWS},
    Role.FINANCE_PREPARER: _ORGANISATIONS
    | _RULES
    | {Right.READ_MONEY, Right.PREPARE_MONEY, Right.REVERSE, Right.SET_BUDGETS},
    Role.FINANCE_RELEASER: _ORGANISATIONS
    | _RULES
    | {Right.READ_MONEY, Right.RELEASE_MONEY, Right.CONFIRM_BUDGETS, Right.REVERSE_MASS},
    Role.CASE_WORKER: _ORGANISATIONS
    | _RULES
    | {
        Right.READ_MEMBERS,
        Right.UNMASK_MEMBERS,
        Right.CHANGE_MEMBERS,
        Right.CORRECT_MEMBERS,
        Right.ERASE_MEMBERS,
        Right.READ_APPLICATIONS,
        Right.DECIDE_APPLICATIONS,
        Right.READ_HARDSHIP,
        Right.KEEP_HARDSHIP,
    },
    Role.HOTLINE_AGENT: _ORGANISATIONS
    | _RULES
    | {
        Right.READ_MEMBERS,
        Right.READ_STATIONS,
        Right.READ_CASES,
        Right.HANDLE_CASES,
        Right.EDIT_ARTICLES,
    },
    Role.PLANNER: _ORGANISATIONS | {Right.READ_STATIONS, Right.PLAN},
    Role.REGISTER_KEEPER: _ORGANISATIONS | {Right.READ_STATIONS, Right.CHANGE_STATIONS},
    Role.AUDITOR: _READING,
}

# What an account may do already that doesn't count yet (decision 0064): look at what is masked or holds no person.
# Every other right waits, also one that is added later.
NEW_ACCOUNT_RIGHTS = frozenset(
    {
        Right.READ_OFFICERS,
        Right.READ_OPERATION,
        Right.READ_ORGANISATIONS,
        Right.READ_MEMBERS,
        Right.READ_STATISTICS,
        Right.READ_RULES,
        Right.READ_SIMULATIONS,
        Right.READ_BENEFITS,
        Right.READ_MONEY,
        Right.READ_STATIONS,
    }
)

# What moves money, or decides that it may move: an administrator alone doesn't give these.
MONEY_RIGHTS = frozenset(
    {
        Right.PREPARE_MONEY,
        Right.RELEASE_MONEY,
        Right.APPROVE_RULES,
        Right.DECIDE_APPLICATIONS,
    }
)

# Acts that need a log-in of the last minutes (``STEP_UP``), since a browser left open must not do them.
STEP_UP_RIGHTS = frozenset(
    {
        Right.RELEASE_MONEY,
        Right.CONFIRM_BUDGETS,
        Right.REVERSE_MASS,
        Right.UNMASK_MEMBERS,
        Right.CORRECT_MEMBERS,
        Right.ERASE_MEMBERS,
        Right.APPROVE_RULES,
        Right.LIFT_STOPS,
        Right.ISSUE_KEYS,
        Right.APPOINT_OFFICERS,
    }
)
