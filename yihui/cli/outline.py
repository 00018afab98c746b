"""What the root's help shows: the commands and groups, known without loading the modules that hold them."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.text_marks import N_


@dataclass(frozen=True, slots=True)
class Entry:
    """A command or a group: the module of ``yihui/cli`` that holds it, or the place of its noun; and its help."""

    module: str
    help: str


# The help lists them in this order.
ROOT_COMMANDS: Mapping[str, Entry] = {
    "demo": Entry(
        "demo",
        N_(
            "Write made-up data of Shandong into a folder, and play the main tasks on it: stations, members, a benefit from the rule to the bank's answer, a map. An earlier demo's folder is emptied first."
        ),
    ),
    "run": Entry(
        "events",
        N_("Process events from a file or from standard input (-), or those that wait in the database."),
    ),
    "map": Entry(
        "map", N_("One HTML file with places and coverage by the hour, that opens without a network.")
    ),
    "serve": Entry("serve", N_("Serve the web site on this machine.")),
    "relay": Entry(
        "stream",
        N_("Send accepted events and the ledger's outcomes to the stream's topics, and run the daily jobs."),
    ),
    "worker": Entry(
        "stream", N_("Process the events of the topics until stopped; several workers can run at once.")
    ),
    "backup": Entry("backup", N_("Back up the whole database to one file; work can go on meanwhile.")),
    "restore": Entry(
        "backup",
        N_("Restore a backup into an empty database (--db), all of it or nothing, and verify the ledger."),
    ),
    "migrate": Entry(
        "migrate",
        N_(
            "Bring the database, and the vault's own, to this version's tables: all missing migrations or none. On PostgreSQL it opens this month, too."
        ),
    ),
    "settings": Entry(
        "doctor", N_("Show the settings that hold here and where each comes from; secrets are masked.")
    ),
    "doctor": Entry(
        "doctor",
        N_(
            "Check what is installed and reachable and whether the database is up to date, and say how to repair the rest."
        ),
    ),
    "login": Entry(
        "login",
        N_(
            "Log in on this console with the password and phone of the local account, not of an identity provider; half an hour unused ends it."
        ),
    ),
    "logout": Entry("login", N_("Log out on this console.")),
}
GROUPS: Mapping[str, Entry] = {
    "stations": Entry("stations", N_("Stations: import registers, find the nearest, list, export.")),
    "streets": Entry("streets", N_("Streets: what an OpenStreetMap extract knows of names and ways.")),
    "members": Entry("members", N_("Members and organisations: import rolls, look members up.")),
    "organisations": Entry(
        "organisations", N_("Union organisations: the tree of any day, and what happens to it.")
    ),
    "joins": Entry("joins", N_("Requests to join: reviews, their settings, batches.")),
    "hotline": Entry(
        "hotline",
        N_("The hotline 12351: cases and their deadlines, answers from the ledger, articles, rates."),
    ),
    "register": Entry(
        "yihui.cases.stations.pages:NOUN",
        N_(
            "Stations of the register: list and show them, set what is known of one, place it, take a change back."
        ),
    ),
    "inspections": Entry(
        "inspections",
        N_("Inspections of stations: plan them, record what was found, see what is to be mended."),
    ),
    "rider-reports": Entry(
        "yihui.cases.rider_reports.pages:NOUN",
        N_("Riders' reports on stations, and the answers that riders read."),
    ),
    "hardship": Entry(
        "hardship",
        N_(
            "Case files of households in hardship: persons, income, level, yearly reviews, visits with money."
        ),
    ),
    "applications": Entry(
        "yihui.cases.applications.pages:NOUN",
        N_("Applications of members: the open ones, reviews, public notices, confirmation."),
    ),
    "mutual-aid": Entry(
        "mutual_aid",
        N_("Mutual medical aid: policies by year and unit, claims, and the proof of each line by line."),
    ),
    "cards": Entry(
        "cards", N_("Member cards: show, issue, block, replace, verify; the keys that sign them.")
    ),
    "schedule": Entry(
        "schedule",
        N_("The schedule: birthdays, anniversaries, reviews, festivals and last days, as events."),
    ),
    "polls": Entry("polls", N_("Polls and questionnaires: create, close, results.")),
    "events": Entry("events", N_("Events: replay them, look at dead letters.")),
    "feeds": Entry("feeds", N_("Feeds: turn what other apps send into events, by a mapping.")),
    "senders": Entry(
        "senders", N_("Senders: programs with a key, and what each may send for which organisations.")
    ),
    "rules": Entry("rules", N_("Rules: check rule files, show which hold.")),
    "benefits": Entry("benefits", N_("Benefits: what a member was granted, and why or why not.")),
    "appeals": Entry(
        "yihui.cases.appeals.pages:NOUN",
        N_("Members' appeals against decisions: what was decided and why, and the answer."),
    ),
    "merchants": Entry("merchants", N_("Merchants: who may redeem what and where, their keys and invoices.")),
    "vouchers": Entry(
        "vouchers",
        N_("Vouchers: found by member or merchant, voided, lost codes replaced; batches used offline."),
    ),
    "points": Entry("points", N_("Points: what members earned by rules, hold and spend.")),
    "budgets": Entry(
        "yihui.money.budgets.pages:NOUN",
        N_("Budgets: what is left of each, its first amount, and changes that two officers make."),
    ),
    "debts": Entry(
        "yihui.money.debts.pages:NOUN",
        N_("Debts: what members owe since a benefit was taken back, payments and waivers."),
    ),
    "ledger": Entry("ledger", N_("The ledger: verify, seal, export, balances.")),
    "audit": Entry("audit", N_("The audit log: who did what, and who read personal data; list, export.")),
    "report": Entry("report", N_("Reports for officers and the leadership.")),
    "plan": Entry("plan", N_("Coverage, gaps and where to build next.")),
    "scenarios": Entry(
        "yihui.planning.scenario.noun:NOUN",
        N_("Scenarios: stations that open longer, are closed or added, and whom that serves."),
    ),
    "demand-files": Entry(
        "yihui.planning.demand.noun:NOUN",
        N_("Files of demand: how each is read, and those that analyses on the pages can use."),
    ),
    "payout": Entry(
        "payout",
        N_("Payments by bank: prepare, release by a second person, export, take the bank's answer."),
    ),
    "lottery": Entry("lottery", N_("Lotteries that anybody can recompute: commit, draw, verify.")),
    "reversals": Entry(
        "yihui.money.reversals.pages:NOUN",
        N_("Reversals: what rules granted by version, and taking it back."),
    ),
    "draws": Entry(
        "yihui.money.draws.pages:NOUN",
        N_("Draws of rules: fix who takes part, draw, grant by rank; who waits."),
    ),
    "sessions": Entry(
        "sessions",
        N_("Courses, halls and childcare terms at stations: enrolment, waiting list, attendance."),
    ),
    "approvals": Entry(
        "approvals",
        N_("What waits for a second person: stops lifted, many grants reversed."),
    ),
    "officers": Entry(
        "officers", N_("Officers: who may act, in which roles, for which organisations and days.")
    ),
    "webhooks": Entry(
        "webhooks", N_("Webhooks: notify other apps of grants, refusals, uses and other outcomes.")
    ),
    "reminders": Entry(
        "reminders",
        N_("Reminders: tell members a week and a day before a benefit, a claim or an application ends."),
    ),
    "topics": Entry("stream", N_("The stream's topics: create them, compare them with the declaration.")),
    "keys": Entry("keys", N_("The key of backups, and a backup of the keys of this installation.")),
}
