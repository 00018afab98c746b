"""The next version of the program, with one more migration: what a test needs two revisions for."""

import shutil
from importlib import import_module
from pathlib import Path

import pytest

from store import migration

FIRST, LATER = "0001", "0002"
_LATER_MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("ingress", sa.Column("later", sa.Text))
"""


def upgrade_program(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """From now on the program is the next version, with one more migration."""
    migrations = folder / "migrations"
    shutil.copytree(Path(migration.__file__).with_name("migrations"), migrations)
    (migrations / "versions" / "0002_later.py").write_text(_LATER_MIGRATION, encoding="utf-8")
    monkeypatch.setattr(migration, "_folder", lambda: migrations)
    services = "yihui.services.operation"
    named = ("store", "store.migration", "store.restoring", f"{services}.migration", f"{services}.backup")
    for module in [import_module(name) for name in named]:  # all of them before any says the later revision
        monkeypatch.setattr(module, "HEAD_REVISION", LATER)
