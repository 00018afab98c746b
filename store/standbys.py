"""The servers beside the one that takes writes: who streams from it, and whether commits wait for them."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

_STREAMING = text("SELECT count(*) FROM pg_stat_replication")
_AWAITED = text("SELECT current_setting('synchronous_standby_names') <> ''")

# A role without pg_read_all_stats sees what its own sessions wait for.
_WAIT = text(
    "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0) FROM pg_stat_activity "
    "WHERE wait_event = 'SyncRep'"
)


@dataclass(frozen=True, slots=True)
class StandbyState:
    """How many standbys stream from this server, and whether commits are acknowledged only when one has them."""

    streaming: int
    is_awaited: bool


def read_standby_state(connection: Connection) -> StandbyState:
    """Read it from PostgreSQL; every role may."""
    streaming = connection.execute(_STREAMING).scalar_one()
    return StandbyState(int(streaming), bool(connection.execute(_AWAITED).scalar_one()))


def read_standby_wait(connection: Connection) -> float:
    """Return for how many seconds a commit of this role has waited for a standby; 0 where none waits."""
    return float(connection.execute(_WAIT).scalar_one())
