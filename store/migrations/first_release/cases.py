"""Tables of case files, the hotline and mutual aid."""

import sqlalchemy as sa

from store.migrations.first_release.schema import schema
from store.tables import Instant, SequenceNumber

sa.Table(
    "hardship_files",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("organisation", sa.String(15), nullable=False),
    sa.Column("household", sa.String(64), nullable=False, unique=True),
    sa.Column("level", sa.String(16), nullable=False),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("review_due_on", sa.Date),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("closed_at", Instant),
    sa.Index("ix_hardship_files_member_id", "member_id"),
    sa.Index("ix_hardship_files_organisation_state", "organisation", "state"),
    sa.Index("ix_hardship_files_state_review_due_on", "state", "review_due_on"),
    comment="case files of households in hardship as their histories leave them",
)

sa.Table(
    "hardship_income_lines",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("organisation", sa.String(15), nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("line_fen", sa.BigInteger, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("officer", sa.String(64), nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("ix_hardship_income_lines_organisation_since", "organisation", "since"),
    comment="append-only: the monthly income per head that case files are held against, by organisation and day",
)

sa.Table(
    "hardship_file_members",
    schema,
    sa.Column("file_number", sa.BigInteger, sa.ForeignKey("hardship_files.number"), primary_key=True),
    sa.Column("member_id", sa.String(64), primary_key=True),
    sa.Column("is_current", sa.Boolean, nullable=False),
    sa.Index("ix_hardship_file_members_member_id", "member_id"),
    comment="which members of the union are, or were, in the household of which case file",
)

sa.Table(
    "hardship_names",
    schema,
    sa.Column("file_number", sa.BigInteger, sa.ForeignKey("hardship_files.number"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key_id", sa.String(16), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("ix_hardship_names_key_id", "key_id"),
    comment="names of the persons of a household, encrypted",
)

sa.Table(
    "hardship_receipts",
    schema,
    sa.Column("digest", sa.String(71), primary_key=True),
    sa.Column("file_number", sa.BigInteger, sa.ForeignKey("hardship_files.number"), nullable=False),
    sa.Column("visit", sa.Integer, nullable=False),
    sa.Index("ix_hardship_receipts_file_number", "file_number"),
    comment="digests of receipts of visits, so that each proves one visit only",
)

sa.Table(
    "hotline_articles",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("reviewed_at", Instant, nullable=False),
    sa.Index("ix_hotline_articles_reviewed_at", "reviewed_at"),
    comment="articles of the knowledge base; what they say is in their versions",
)

sa.Table(
    "hotline_cases",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("request_digest", sa.String(64), unique=True),
    sa.Column("call_digest", sa.String(64)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("organisation", sa.String(15), nullable=False),
    sa.Column("category", sa.String(16), nullable=False),
    sa.Column("member_id", sa.String(64)),
    sa.Column("application", sa.BigInteger),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("closed_at", Instant),
    sa.Column("due_at", Instant),
    sa.Index("ix_hotline_cases_application", "application"),
    sa.Index("ix_hotline_cases_closed_at", "closed_at"),
    sa.Index("ix_hotline_cases_member_id", "member_id"),
    sa.Index("ix_hotline_cases_state_due_at", "state", "due_at"),
    sa.Index("ix_hotline_cases_state_opened_at", "state", "opened_at"),
    comment="cases of the hotline as their histories leave them",
)

sa.Table(
    "hotline_deletions",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("closed_before", Instant),
    sa.Column("cases", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    comment="append-only, by triggers: how many callers' data were deleted when, and the digest of them",
)

sa.Table(
    "hotline_article_reviews",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("article_number", sa.BigInteger, sa.ForeignKey("hotline_articles.number"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_hotline_article_reviews_article_number", "article_number"),
    comment="append-only, by triggers: who found which version of an article to be right, and when",
)

sa.Table(
    "hotline_article_versions",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("article_number", sa.BigInteger, sa.ForeignKey("hotline_articles.number"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("clause", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_until", sa.Date),
    sa.Column("written_by", sa.String(64), nullable=False),
    sa.Column("written_at", Instant, nullable=False),
    sa.Column("terms", sa.Text, nullable=False),
    sa.UniqueConstraint(
        "article_number", "version", name="uq_hotline_article_versions_article_number_version"
    ),
    comment="append-only, by triggers: every version of an article",
)

sa.Table(
    "hotline_callers",
    schema,
    sa.Column("case_number", sa.BigInteger, sa.ForeignKey("hotline_cases.number"), primary_key=True),
    sa.Column("key_id", sa.String(16), nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("transcript", sa.Text),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("ix_hotline_callers_key_id", "key_id"),
    comment="who called and what was said, encrypted; deleted when its time is over",
)

sa.Table(
    "hotline_case_outcomes",
    schema,
    sa.Column("case_number", sa.BigInteger, sa.ForeignKey("hotline_cases.number"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("unit", sa.String(15), nullable=False),
    sa.Column("month", sa.String(7), nullable=False),
    sa.Column("measure", sa.String(16), nullable=False),
    sa.Column("is_good", sa.Boolean),
    sa.Column("due_at", Instant),
    sa.Index("ix_hotline_case_outcomes_unit_month", "unit", "month", "measure"),
    comment="what each case adds to the three rates, as its history leaves it",
)

sa.Table(
    "hotline_case_units",
    schema,
    sa.Column("case_number", sa.BigInteger, sa.ForeignKey("hotline_cases.number"), primary_key=True),
    sa.Column("organisation", sa.String(15), primary_key=True),
    sa.Index("ix_hotline_case_units_organisation", "organisation"),
    comment="the organisations that a case concerns: whose hotline took it in, and every unit it went to",
)

sa.Table(
    "mutual_aid_policies",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("organisation", sa.String(15), nullable=False),
    sa.Column("begins", sa.Date, nullable=False),
    sa.Column("ends", sa.Date, nullable=False),
    sa.Index("ix_mutual_aid_policies_organisation", "organisation"),
    comment="policies of mutual aid as their histories leave them",
)

sa.Table(
    "mutual_aid_claims",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("policy_number", sa.BigInteger, sa.ForeignKey("mutual_aid_policies.number"), nullable=False),
    sa.Column("organisation", sa.String(15), nullable=False),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("receipt", sa.String(71), unique=True),
    sa.Column("submitted_at", Instant, nullable=False),
    sa.Index("ix_mutual_aid_claims_member_id", "member_id"),
    sa.Index("ix_mutual_aid_claims_organisation_state", "organisation", "state"),
    sa.Index("ix_mutual_aid_claims_policy_number_member_id", "policy_number", "member_id"),
    comment="claims of mutual aid as their histories leave them",
)

sa.Table(
    "mutual_aid_enrolment_changes",
    schema,
    sa.Column("policy_number", sa.BigInteger, sa.ForeignKey("mutual_aid_policies.number"), primary_key=True),
    sa.Column("member_id", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("covered_from", sa.Date, nullable=False),
    sa.Column("covered_until", sa.Date),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    comment="append-only: ends and corrections of enrolments; the last one counts",
)

sa.Table(
    "mutual_aid_enrolments",
    schema,
    sa.Column("policy_number", sa.BigInteger, sa.ForeignKey("mutual_aid_policies.number"), primary_key=True),
    sa.Column("member_id", sa.String(64), primary_key=True),
    sa.Column("enrolled_on", sa.Date, nullable=False),
    sa.Column("covered_from", sa.Date, nullable=False),
    sa.Column("enrolled_at", Instant, nullable=False),
    sa.Column("enrolled_by", sa.String(64), nullable=False),
    sa.Index("ix_mutual_aid_enrolments_member_id", "member_id"),
    comment="append-only: which member a policy of mutual aid covers, and from which day on",
)

sa.Table(
    "hardship_file_events",
    schema,
    sa.Column("file_number", sa.BigInteger, sa.ForeignKey("hardship_files.number"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    comment="append-only: every change of a case file",
)

sa.Table(
    "hotline_case_events",
    schema,
    sa.Column("case_number", sa.BigInteger, sa.ForeignKey("hotline_cases.number"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    comment="append-only, by triggers: every change of a case",
)

sa.Table(
    "mutual_aid_policy_events",
    schema,
    sa.Column("policy_number", sa.BigInteger, sa.ForeignKey("mutual_aid_policies.number"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    comment="append-only: every change of a policy of mutual aid",
)

sa.Table(
    "mutual_aid_claim_events",
    schema,
    sa.Column("claim_number", sa.BigInteger, sa.ForeignKey("mutual_aid_claims.number"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    comment="append-only: every change of a claim of mutual aid",
)
