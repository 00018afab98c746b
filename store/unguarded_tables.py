"""Tables without a guard, each with the reason why statements may change and delete its rows.

Every table stands here or in ``store.guards.GUARDS``; ``tests/store/test_guards.py`` refuses a table that stands
in neither or in both.
"""

from collections.abc import Mapping

_FOLDED = "follows from sealed rows; verification folds it again and names the row that is otherwise"
_AUDITED = "every row and change of it stands in the sealed audit log, secrets by a keyed digest; verification compares"
_FILED = "a person's erasure deletes the rows; a record counts as a paper only with its stored file, outside of the database"
_FIGURES = "counts and figures, by which nobody is granted or paid; a rebuild counts them again"
_COUNTED = "a counter or a lock that every act raises; verification counts the rows again"
_QUEUE = "a queue: rows are changed and deleted as the work goes on"
_SHORT = "short-lived: rows are deleted when their time is over; what lets somebody in is bound to its owner by a key"
_ERASED = "a person's erasure deletes the rows; no seal proves them"
_FINGERPRINTS = (
    "the fingerprint of a key outside of the database: with another one every use of the key is refused"
)
_MARKED = "each row has a mark by a key outside of the database: a row with another mark opens nothing, and is named"
_SECRETS = "secrets and personal data: they must be deleted, and rotation writes them anew"
_STATIONS = "the register as it stands now, or counts; each change of a station is a guarded row"
_TEXTS = "what officers edit; what counts is in guarded rows or in the audit log"

UNGUARDED_TABLES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "account_balances",
            "application_steps",
            "cards",
            "claim_slots",
            "grant_balances",
            "hardship_file_members",
            "hardship_files",
            "hotline_case_units",
            "hotline_cases",
            "memberships",
            "mutual_aid_claims",
            "mutual_aid_policies",
            "organisation_spans",
            "polls",
            "takeback_types",
        ),
        _FOLDED,
    ),
    **dict.fromkeys(("keeper_keys", "officer_accounts", "sender_keys", "senders"), _AUDITED),
    **dict.fromkeys(("benefit_sums", "hotline_case_outcomes", "kept_figures"), _FIGURES),
    **dict.fromkeys(("feed_links", "member_app_links"), _MARKED),
    **dict.fromkeys(("counters", "ledger_days", "limit_slots", "rulebook", "waiting_lines"), _COUNTED),
    **dict.fromkeys(
        (
            "dead_letters",
            "due_slots",
            "held_events",
            "ingress",
            "positions",
            "rule_stops",
            "schedule_days",
            "schedule_slots",
            "webhook_deliveries",
            "webhooks",
            "head_receivers",
        ),
        _QUEUE,
    ),
    **dict.fromkeys(
        (
            "form_submissions",
            "heartbeats",
            "job_files",
            "jobs",
            "join_code_sends",
            "login_throttles",
            "login_tickets",
            "member_code_sends",
            "member_codes",
            "member_handovers",
            "member_sessions",
            "officer_sessions",
            "oidc_logins",
            "oidc_logout_tokens",
            "recovery_codes",
        ),
        _SHORT,
    ),
    **dict.fromkeys(
        (
            "application_acts",
            "join_escalations",
            "join_requests",
            "member_cards",
            "member_corrections",
            "notice_list_entries",
            "notice_lists",
            "poll_answers",
            "poll_ballots",
            "poll_participants",
            "reminder_choices",
            "reminders",
        ),
        _ERASED,
    ),
    **dict.fromkeys(("identity_keys", "vault_keys", "voucher_keys", "webhook_keys"), _FINGERPRINTS),
    **dict.fromkeys(
        (
            "appeal_texts",
            "draw_secrets",
            "hardship_names",
            "hotline_callers",
            "payout_payees",
            "vault_persons",
        ),
        _SECRETS,
    ),
    **dict.fromkeys(("registers", "search_counts", "station_devices", "stations", "use_counts"), _STATIONS),
    "attachments": _FILED,
    "station_photos": "pictures; who showed or removed one stands in the audit log",
    **dict.fromkeys(
        (
            "hotline_articles",
            "organisation_links",
            "organisation_logos",
            "planning_demand_files",
            "planning_scenarios",
            "sessions",
        ),
        _TEXTS,
    ),
}
