"""Guard rows against a new rowid, and guard the tables of proposals, roles, payments, rules and the hotline."""

from alembic import op

from store.guards import create_guards

revision = "0045"
down_revision = "0044"

_HAD_OWN_TRIGGERS = (
    "hotline_case_events",
    "hotline_deletions",
    "hotline_article_versions",
    "hotline_article_reviews",
    "vault_unmaskings",
)


def upgrade() -> None:
    for table in _HAD_OWN_TRIGGERS:
        _drop_own_triggers(table)
    create_guards(op.get_bind())


def _drop_own_triggers(table: str) -> None:
    """Drop the triggers of revisions 0026 and 0043, which guards replace."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        return
    for act in ("update", "delete"):
        op.execute(f"DROP TRIGGER {table}_no_{act}")
