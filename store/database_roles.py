"""PostgreSQL's roles: the owner migrates, the application may not change what seals prove.

The privileges belong to a group, ``yihui_application``, of which the role that the application logs in with
is a member. The owner creates the group once; migrations, and ``yihui ledger protect``, grant what it needs.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, inspect

from store.guards import GUARDS
from store.monthly_tables import is_partition

APPLICATION_ROLE = "yihui_application"
_VERSIONS = "alembic_version"


def has_application_role(connection: Connection) -> bool:
    """Return whether there is the group of the application; on SQLite there are no roles."""
    if connection.dialect.name != "postgresql":
        return False
    query = "SELECT count(*) FROM pg_roles WHERE rolname = %s"
    return bool(connection.exec_driver_sql(query, (APPLICATION_ROLE,)).scalar_one())


def grant_application_role(connection: Connection) -> bool:
    """Grant the application's group exactly what it needs; return False if there is no such group."""
    if not has_application_role(connection):
        return False
    tables = [name for name in inspect(connection).get_table_names() if not is_partition(name)]
    for statement in _grants(tables):  # who may read a table may read its months
        connection.exec_driver_sql(statement)
    return True


def _grants(tables: list[str]) -> Iterator[str]:
    role = APPLICATION_ROLE
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
    for table in tables:
        if table == _VERSIONS:
            yield f'GRANT SELECT ON "{table}" TO {role}'
        elif table not in GUARDS:
            yield f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {role}'
        else:
            yield from _guarded_grants(table)


def _guarded_grants(table: str) -> Iterator[str]:
    guard = GUARDS[table]
    yield f'GRANT SELECT, INSERT ON "{table}" TO {APPLICATION_ROLE}'
    columns = [*guard.update, *([guard.locked] if guard.locked else [])]
    if columns:
        names = ", ".join(f'"{name}"' for name in columns)
        yield f'GRANT UPDATE ({names}) ON "{table}" TO {APPLICATION_ROLE}'
    if guard.delete is not None:
        yield f'GRANT DELETE ON "{table}" TO {APPLICATION_ROLE}'
