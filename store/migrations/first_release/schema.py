"""What the declarations of the first release share."""

from typing import Any

import sqlalchemy as sa

schema = sa.MetaData(
    naming_convention={
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
path_type = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def where(condition: str) -> dict[str, Any]:
    """Return the arguments of a partial index."""
    return {f"{dialect}_where": sa.text(condition) for dialect in ("sqlite", "postgresql")}
