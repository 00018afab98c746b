"""Health check of the servers that the database's address names: is there one that can take over, without a loss?"""

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.health.check_result import HealthCheck, HealthFinding, build_finding


def _standby(wiring: Wiring) -> HealthFinding:
    """Check that a standby has every commit, if the address names several servers."""
    from store.standbys import read_standby_state

    if len(wiring.database.servers) < 2:
        return build_finding(wiring, "ok", N_("none is needed: the address names one place"))
    with wiring.database.read() as connection:
        found = read_standby_state(connection)
    if not found.streaming and found.is_awaited:
        detail = N_("none streams, and commits wait for one: nothing is written")
        remedy = N_("start the standby, or empty synchronous_standby_names until there is one")
        return build_finding(wiring, "broken", detail, remedy)
    if not found.streaming:
        detail = N_("none streams: no server could take over")
        remedy = N_("make a standby with pg_basebackup -R (docs/operate.md)")
        return build_finding(wiring, "missing", detail, remedy)
    if not found.is_awaited:
        detail = N_("standbys: {count}; what was accepted last may not have reached them")
        remedy = N_("set synchronous_standby_names, so that commits wait for a standby (docs/operate.md)")
        return build_finding(wiring, "missing", detail, remedy, count=found.streaming)
    detail = N_("standbys: {count}; every commit waits for them")
    return build_finding(wiring, "ok", detail, count=found.streaming)


STANDBY_CHECK = HealthCheck("standby", N_("standby of the database"), _standby, needs="migrations")
