"""Which statements take longer in a ledger of years than in an empty database, by PostgreSQL's own statistics."""

from collections.abc import Iterator

from bench.years_copies import Session

_SHOWN, _WIDTH = 8, 90
_DIFFERENCES = """
SELECT regexp_replace(left(query, 400), '\\s+', ' ', 'g'),
  sum(calls) FILTER (WHERE datname = %(years)s),
  sum(total_exec_time + total_plan_time) FILTER (WHERE datname = %(years)s) AS here_ms,
  sum(total_exec_time + total_plan_time) FILTER (WHERE datname = %(empty)s) AS there_ms,
  sum(shared_blks_read) FILTER (WHERE datname = %(years)s),
  sum(jit_functions) FILTER (WHERE datname = %(years)s)
FROM pg_stat_statements JOIN pg_database AS d ON d.oid = dbid WHERE query NOT LIKE '%%bench.%%'
GROUP BY 1 ORDER BY coalesce(sum(total_exec_time + total_plan_time) FILTER (WHERE datname = %(years)s), 0)
  - coalesce(sum(total_exec_time + total_plan_time) FILTER (WHERE datname = %(empty)s), 0) DESC LIMIT %(shown)s
"""


def forget_statements(session: Session) -> None:
    """Begin to count anew, on the whole server."""
    session.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    session.execute("SELECT pg_stat_statements_reset()")


def render_statements(session: Session, years: str, empty: str) -> Iterator[str]:
    """Yield the statements whose time differs most between two databases, the largest difference first."""
    values = {"years": years, "empty": empty, "shown": _SHOWN}
    for query, calls, here_ms, there_ms, pages, compiled in session.execute(_DIFFERENCES.encode(), values):
        times = f"{float(str(here_ms or 0)):,.0f} ms, empty {float(str(there_ms or 0)):,.0f} ms"
        yield f"  {times}, {calls} calls, {pages} pages read, {compiled} compiled: {str(query)[:_WIDTH]}"
