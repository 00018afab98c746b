"""The servers beside the one that takes writes: who streams from it, and whether commits wait for them."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

_STREAMING = text("SELECT count(*) FROM pg_stat_replication")
_AWAITED = text("SELECT current_setting('synchronous_standby_names') <> ''")


@dataclass(frozen=True, slots=True)
class StandbyState:
    """How many standbys stream from this server, and whether commits are acknowledged only when one has them."""

    streaming: int
    is_awaited: bool


def read_standby_state(connection: Connection) -> StandbyState:
    """Read it from PostgreSQL; every role may."""
    streaming = connection.execute(_STREAMING).scalar_one()
    return StandbyState(int(streaming), bool(connection.execute(_AWAITED).scalar_one()))
