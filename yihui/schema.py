"""Declare every table: each room declares its own, and importing this module imports them all.

Migrations, backups and a replay into an empty database need the whole schema.
"""
# ruff: noqa: F401

import benefits.tables.appeals
import benefits.tables.decisions
import benefits.tables.draws
import benefits.tables.payout
import benefits.tables.report_sums
import benefits.tables.rulebook
import benefits.tables.sessions
import benefits.tables.transactions
import benefits.tables.vouchers
import events.heartbeats
import events.schedule.tables
import events.tables
import geo.registry.inspections
import geo.registry.planning
import geo.registry.tables
import geo.registry.usage_counts
import members.hardship.tables
import members.hotline.tables
import members.joining.tables
import members.mutual_aid.tables
import members.organisation_pages.tables
import members.polls.tables
import members.reminders.tables
import members.tables
import members.vault.tables
import yihui.access.job_tables
import yihui.access.oidc_logins
import yihui.access.tables
