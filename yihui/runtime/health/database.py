"""The database, its clock, and what lies in it."""

import os
from datetime import datetime, timedelta

from yihui.bootstrap import Wiring
from yihui.runtime.health.check_result import Found, Look

N_ = str  # marks a text for the message catalogue

_SLOW = timedelta(seconds=1)  # more than a network's way there and back
_PATIENCE = timedelta(minutes=1)


def _database(wiring: Wiring) -> Found:
    """As it is: whoever only looks changes nothing."""
    from contextlib import closing

    with closing(wiring.unmigrated()) as database:
        with database.write():  # taken and given back: it can be written to
            pass
        return Found("ok", database.target)


def _migrations(wiring: Wiring) -> Found:
    """An empty database is made ready; one that is behind is left as it is, so that it can be backed up."""
    from contextlib import closing

    from store import HEAD, revision
    from store.migration import known_revisions

    with closing(wiring.unmigrated()) as database, database.read() as connection:
        found = revision(connection)
    if found is None or found == HEAD or found not in known_revisions():
        assert wiring.database  # ready, or it says what is wrong with it
        return Found("ok", wiring.say(N_("revision {head}, nothing is pending"), head=HEAD))
    return Found(
        "broken",
        wiring.say(N_("revision {found}, this version needs {head}"), found=found, head=HEAD),
        wiring.say(
            N_(
                "make a backup (yihui backup FILE); any other command migrates it then, such as yihui benefits list"
            )
        ),
    )


def _clock(wiring: Wiring) -> Found:
    """Events that seem to come from the future are refused, and decisions are dated by this clock."""
    if os.environ.get("YIHUI_NOW"):
        now = wiring.now().isoformat()
        remedy = wiring.say(N_("unset YIHUI_NOW outside of demonstrations and tests"))
        return Found("missing", wiring.say(N_("stopped by YIHUI_NOW at {now}"), now=now), remedy)
    if wiring.database.is_sqlite:
        return Found("ok", wiring.say(N_("the database is a file: its clock is this machine's")))
    return told_of_skew(wiring, _skew(wiring))


def _skew(wiring: Wiring) -> timedelta:
    """How far the database's clock is ahead; at least so far, as the way there and back is not counted."""
    from sqlalchemy import text

    with wiring.database.read() as connection:
        before = wiring.now()
        theirs: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        after = wiring.now()
    if before <= theirs <= after:
        return timedelta(0)
    return theirs - after if theirs > after else theirs - before


def told_of_skew(wiring: Wiring, skew: timedelta) -> Found:
    """What a difference between two clocks means; ``skew`` is how far the other one is ahead."""
    from events.envelope import CLOCK_SKEW

    detail = wiring.say(N_("differs from ours by {seconds} s"), seconds=f"{skew.total_seconds():+.3f}")
    if abs(skew) <= _SLOW:
        return Found("ok", detail)
    remedy = wiring.say(N_("set both machines' clocks by the network (chrony or systemd-timesyncd)"))
    return Found("broken" if abs(skew) > CLOCK_SKEW else "missing", detail, remedy)


def _register(wiring: Wiring) -> Found:
    from geo.registry import load_registers

    with wiring.database.read() as connection:
        kept = load_registers(connection)
    count, names = sum(register.stations for register in kept), [register.name for register in kept]
    if not count:
        remedy = wiring.say(N_("import one: yihui stations import FILE --datum wgs84"))
        return Found("missing", wiring.say(N_("no register yet")), remedy)
    detail = wiring.say(
        N_("stations: {count}, of {names}"), count=f"{count:,}", names=wiring.language.listed(names)
    )
    return Found("ok", detail)


def _rules(wiring: Wiring) -> Found:
    library = wiring.library
    detail = wiring.say(
        N_("rules: {count}, library {digest}"), count=len(library.rules), digest=library.digest[:12]
    )
    return Found("ok", detail)


def _letters(wiring: Wiring) -> Found:
    from events import dead_letters

    with wiring.database.read() as connection:
        count = dead_letters.count(connection)
    remedy = wiring.say(N_("look at them: yihui events dead-letters")) if count else ""
    return Found("missing" if count else "ok", str(count), remedy)


def _seals(wiring: Wiring) -> Found:
    """What one runner leaves waiting is no trouble; more means that nobody seals."""
    from benefits import gap
    from core.civil_time import wall_clock
    from yihui.services.sealing import EVERY

    with wiring.database.read() as connection:
        found = gap(connection)
    if found.since is None:
        return Found("ok", wiring.say(N_("all that was committed is sealed")))
    detail = wiring.say(
        N_("batches that wait to be sealed: {batches}, since {since}"),
        batches=found.batches,
        since=wall_clock(found.since),
    )
    few = found.batches <= EVERY
    return Found("ok" if few else "missing", detail, "" if few else wiring.say(N_("run yihui ledger seal")))


def _identity_key(wiring: Wiring) -> Found:
    """Whether what riders and keepers send can be taken; whoever only looks makes no key."""
    from members import check_key, known_key
    from yihui.runtime.identity_key import IDENTITIES, read_key

    path, given = wiring.data_folder / "identity.key", os.environ.get(IDENTITIES.variable)
    with wiring.database.read() as connection:
        if given is None and not path.exists():
            if known_key(connection) is None:
                return Found("ok", wiring.say(N_("none yet: it is made when it is first needed")))
            missing = wiring.say(N_("{file} is missing, and the database knows a key"), file=path)
            return Found("broken", missing, wiring.say(IDENTITIES.remedy))
        check_key(connection, read_key(path, given))
    return Found("ok", wiring.say(N_("the one that the database knows")))


def _ingress(wiring: Wiring) -> Found:
    """What was accepted over HTTP and nobody has taken."""
    from core.civil_time import wall_clock
    from yihui.runtime.observability.backlog import oldest_accepted

    with wiring.database.read() as connection:
        count, since = oldest_accepted(connection)
    if since is None:
        return Found("ok", wiring.say(N_("nothing waits")))
    detail = wiring.say(N_("events that wait: {count}, since {since}"), count=count, since=wall_clock(since))
    if wiring.now() - since < _PATIENCE:
        return Found("ok", detail)
    if wiring.settings.kafka is None:
        return Found("missing", detail, wiring.say(N_("start yihui serve, or call yihui run")))
    return Found("broken", detail, wiring.say(N_("start yihui relay, or look why it can't send")))


def _webhooks(wiring: Wiring) -> Found:
    """Who wants to be told, and who can't be."""
    from events.webhooks.receivers import all_webhooks, undelivered

    with wiring.database.read() as connection:
        receivers, counts = all_webhooks(connection), undelivered(connection)
    given_up = sum(count for (_, state), count in counts.items() if state == "given_up")
    away = [one.id for one in receivers if one.unreached or one.state != "active"]
    detail = wiring.say(
        N_("receivers: {count}; waiting {waiting}, given up {given_up}"),
        count=len(receivers),
        waiting=sum(counts.values()) - given_up,
        given_up=given_up,
    )
    if not away and not given_up:
        return Found("ok", detail)
    if away:
        said = wiring.say(N_("not to be reached: {names}"), names=wiring.language.listed(away))
        detail = wiring.language.clauses([detail, said])
    return Found(
        "missing", detail, wiring.say(N_("look why: yihui webhooks deliveries; then: yihui webhooks retry"))
    )


IDENTITY_KEY = Look("identity_key", N_("identity key"), _identity_key, needs="migrations")
LOOKS = (
    Look("database", N_("database"), _database),
    Look("migrations", N_("migrations"), _migrations, needs="database"),
    Look("clock", N_("clock"), _clock, needs="migrations"),
    IDENTITY_KEY,
    Look("stations", N_("stations"), _register, needs="migrations"),
    Look("rules", N_("rules"), _rules),
    Look("dead_letters", N_("dead letters"), _letters, needs="migrations"),
    Look("seals", N_("seals"), _seals, needs="migrations"),
    Look("ingress", N_("accepted events"), _ingress, needs="migrations"),
    Look("webhooks", N_("webhooks"), _webhooks, needs="migrations"),
)
