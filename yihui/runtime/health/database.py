"""Health checks of the database, its clock and its contents."""

import os
from datetime import datetime, timedelta

from core.civil_time import format_wall_clock
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.clock_offset import read_clock_offset, read_newest_record
from yihui.runtime.demo_marker import read_stopped_instant
from yihui.runtime.health.check_result import HealthCheck, HealthFinding, HealthState, build_finding

_SLOW = timedelta(seconds=1)  # longer than a network round trip
_PATIENCE = timedelta(minutes=1)
_BACKUP_AGE = timedelta(hours=26)  # a daily backup may take two hours
_MOST_NAMED = 5
_NO_RELAY = N_("start yihui relay, or look why it can't send")


def _database(wiring: Wiring) -> HealthFinding:
    """Check that the database opens and is writable, without migrating it."""
    from contextlib import closing

    with closing(wiring.open_unmigrated()) as database:
        with database.write():  # the write lock can be taken, so the database is writable
            pass
        return HealthFinding("ok", database.target)


def _migrations(wiring: Wiring) -> HealthFinding:
    """Check the schema version: create an empty database, but leave an outdated one for a backup first."""
    from contextlib import closing

    from store import HEAD_REVISION
    from store.migration import list_pending_revisions, read_revision

    with closing(wiring.open_unmigrated()) as database:
        found, target, is_file = read_revision(database), database.target, database.is_sqlite
    pending = list_pending_revisions(target, found, HEAD_REVISION)
    if not pending or (found is None and is_file):
        assert wiring.database  # an empty file is migrated
        detail = N_("revision {head}, nothing is pending")
        return build_finding(wiring, "ok", detail, head=found or HEAD_REVISION)
    detail, remedy = N_("revision {found}, this version needs {head}"), N_("make its tables: yihui migrate")
    if found is not None:
        remedy = N_(
            "make a backup with the version that wrote it (yihui backup --to FILE), then run yihui migrate"
        )
    return build_finding(wiring, "broken", detail, remedy, found=found or "–", head=HEAD_REVISION)


def _tables(wiring: Wiring) -> HealthFinding:
    """Check that every table is there: the revision alone doesn't tell that one was dropped by hand."""
    import yihui.schema  # noqa: F401
    from store.migration import list_missing_tables

    missing = list_missing_tables(wiring.database)
    if not missing:
        return build_finding(wiring, "ok", N_("all are there"))
    remedy = N_("restore the newest backup into an empty database: yihui restore FILE --db DATABASE")
    names = wiring.language.format_list(missing)
    return build_finding(wiring, "broken", N_("missing: {names}"), remedy, names=names)


def _guards(wiring: Wiring) -> HealthFinding:
    """Check the triggers that keep the ledger and the audit log from being rewritten: their owner can drop them."""
    from store.guards import count_guards, find_broken_guards

    with wiring.database.read() as connection:
        count, broken = count_guards(connection), sorted(find_broken_guards(connection))
    if not broken:
        return build_finding(wiring, "ok", N_("all {count} are as they should be"), count=count)
    detail = N_("{broken} of {count} are missing or changed: {names}")
    remedy = N_(
        "find out who dropped them, then create them again: yihui ledger protect; and yihui ledger verify"
    )
    names = wiring.language.format_list(broken[:_MOST_NAMED])
    return build_finding(wiring, "broken", detail, remedy, broken=len(broken), count=count, names=names)


def _clock(wiring: Wiring) -> HealthFinding:
    """Check the clock: events from the future are refused, and decisions are dated by this clock."""
    if os.environ.get("YIHUI_NOW"):
        stopped = N_("stopped by YIHUI_NOW at {now}")
        remedy = N_("unset YIHUI_NOW outside of demonstrations and tests")
        return build_finding(wiring, "missing", stopped, remedy, now=wiring.now().isoformat())
    if read_stopped_instant(os.environ, wiring.settings.data_folder):
        stopped = N_("this is a demo's folder, in which it is always {now}")
        return build_finding(wiring, "ok", stopped, now=wiring.now().isoformat())
    with wiring.database.read() as connection:
        found, newest = read_clock_offset(connection, wiring.now), read_newest_record(connection)
    skewed = None if wiring.database.is_sqlite else clock_skew_finding(wiring, -found.ahead)
    if newest is not None and newest - found.ours > _SLOW and (skewed is None or skewed.state == "ok"):
        return _record_finding(wiring, found.ours, newest)
    is_file = N_("the database is a file: its clock is this machine's")
    return skewed or build_finding(wiring, "ok", is_file)


def _record_finding(wiring: Wiring, ours: datetime, newest: datetime) -> HealthFinding:
    """Return the finding for a record of the future: this clock went back, or that of whoever wrote it was ahead."""
    detail = N_("says {ours}, and the newest record is of {theirs}")
    remedy = N_("set the clocks of all machines that run Yihui by the network (chrony or systemd-timesyncd)")
    clocks = {"ours": format_wall_clock(ours), "theirs": format_wall_clock(newest)}
    return build_finding(wiring, "missing", detail, remedy, **clocks)


def clock_skew_finding(wiring: Wiring, skew: timedelta) -> HealthFinding:
    """Return the finding for a difference between two clocks; ``skew`` is how far the other one is ahead."""
    from events.envelope import CLOCK_SKEW

    state: HealthState = "broken" if abs(skew) > CLOCK_SKEW else "missing" if abs(skew) > _SLOW else "ok"
    remedy = N_("set both machines' clocks by the network (chrony or systemd-timesyncd)")
    detail, seconds = N_("differs from ours by {seconds} s"), f"{skew.total_seconds():+.3f}"
    return build_finding(wiring, state, detail, "" if state == "ok" else remedy, seconds=seconds)


def _register(wiring: Wiring) -> HealthFinding:
    from geo.registry.stations import load_registers

    with wiring.database.read() as connection:
        kept = load_registers(connection)
    count, names = sum(register.stations for register in kept), [register.name for register in kept]
    if not count:
        remedy = N_("import one: yihui stations import FILE --datum wgs84")
        return build_finding(wiring, "missing", N_("no register yet"), remedy)
    listed = wiring.language.format_list(names)
    return build_finding(wiring, "ok", N_("stations: {count}, of {names}"), count=f"{count:,}", names=listed)


def _rules(wiring: Wiring) -> HealthFinding:
    """Check that there are rules with all that they rest on, and that a budget limits what each may cost."""
    from yihui.access.officers import has_officers
    from yihui.services.rules.ceilings import list_unlimited_rules
    from yihui.services.rules.versions import list_missing_rules

    language = wiring.language
    if missing := list_missing_rules(wiring):
        told = N_("approved versions rest on rules that are not in force: {rules}")
        keep = N_("name the files of these rules in YIHUI_RULES, or approve versions of your own")
        return build_finding(wiring, "broken", told, keep, rules=language.format_list(missing))
    library = wiring.library
    detail = wiring.render(
        N_("rules: {count}, library {digest}"), count=len(library.rules), digest=library.digest[:12]
    )
    if not library.rules:
        first = N_("write the first one (yihui rules draft, or “Rules” on the desk); a colleague approves it")
        with wiring.database.read() as connection:
            if not has_officers(connection):
                first = N_("make the officers who write and approve the first one: yihui officers add")
        return HealthFinding("missing", detail, wiring.render(first))
    unlimited = list_unlimited_rules(wiring, library)
    if not unlimited:
        return HealthFinding("ok", detail)
    costly = wiring.render(N_("no budget limits: {rules}"), rules=language.format_list(unlimited))
    remedy = wiring.render(N_("set the amounts of their budgets: yihui budgets set"))
    return HealthFinding("missing", language.join_clauses([detail, costly]), remedy)


def _schedule(wiring: Wiring) -> HealthFinding:
    """Check that the schedule has done every day up to yesterday."""
    from yihui.services.events.schedule import list_jobs

    jobs = list_jobs(wiring)
    done = [job.complete for job in jobs if job.complete is not None]
    remedy = N_("start it: yihui schedule follow (systemd: yihui-schedule)")
    if not done:
        return build_finding(wiring, "missing", N_("it has never run"), remedy)
    detail = N_("all days are done up to {day}")
    if len(done) < len(jobs) or any(job.waiting_days > 1 for job in jobs):
        return build_finding(wiring, "missing", detail, remedy, day=min(done))
    return build_finding(wiring, "ok", detail, day=min(done))


def _backup(wiring: Wiring) -> HealthFinding:
    """Check the age of the last backup, by the audit log: each is recorded once it was made."""
    from yihui.services.operation.backup import find_last_backup

    last = find_last_backup(wiring)
    remedy = N_("make one: yihui backup --into FOLDER (systemd: yihui-backup.timer)")
    if last is None:
        return build_finding(wiring, "missing", N_("none was made yet"), remedy)
    detail = N_("the last one was made at {at}")
    if wiring.now() - last > _BACKUP_AGE:
        return build_finding(wiring, "missing", detail, remedy, at=format_wall_clock(last))
    return build_finding(wiring, "ok", detail, at=format_wall_clock(last))


def _letters(wiring: Wiring) -> HealthFinding:
    from events import dead_letters

    with wiring.database.read() as connection:
        count = dead_letters.count_dead_letters(connection)
    remedy = wiring.render(N_("look at them: yihui events dead-letters")) if count else ""
    return HealthFinding("missing" if count else "ok", str(count), remedy)


def _seals(wiring: Wiring) -> HealthFinding:
    """Check the unsealed batches: few are normal for one runner, more mean that no process seals."""
    from benefits import read_seal_gap
    from yihui.services.ledger.sealing import SEAL_EVERY_BATCHES

    with wiring.database.read() as connection:
        found = read_seal_gap(connection)
    if found.since is None:
        return build_finding(wiring, "ok", N_("all that was committed is sealed"))
    detail = N_("batches that wait to be sealed: {batches}, since {since}")
    waiting = {"batches": found.batches, "since": format_wall_clock(found.since)}
    if found.batches <= SEAL_EVERY_BATCHES:
        return build_finding(wiring, "ok", detail, **waiting)
    return build_finding(wiring, "missing", detail, N_("run yihui ledger seal"), **waiting)


def _identity_key(wiring: Wiring) -> HealthFinding:
    """Check that messages of riders and keepers can be accepted; the check creates no key."""
    from members import check_identity_key, identity_key_fingerprint
    from yihui.runtime.identity_key import KEY_FAULTS, load_or_create_key

    path, given = wiring.data_folder / "identity.key", wiring.settings.keys.get("YIHUI_IDENTITY_KEY")
    with wiring.database.read() as connection:
        if given is None and not path.exists():
            if identity_key_fingerprint(connection) is None:
                return build_finding(wiring, "ok", N_("none yet: it is made when it is first needed"))
            missing = N_("{file} is missing, and the database knows a key")
            remedy = KEY_FAULTS.texts["short_identity_key"][1]
            return build_finding(wiring, "broken", missing, remedy, file=path)
        check_identity_key(connection, load_or_create_key(path, given))
    return build_finding(wiring, "ok", N_("the one that the database knows"))


def _ingress(wiring: Wiring) -> HealthFinding:
    """Check the events that were accepted over HTTP and not processed yet."""
    from yihui.runtime.observability.backlog import count_accepted

    with wiring.database.read() as connection:
        count, since = count_accepted(connection)
    if since is None:
        return build_finding(wiring, "ok", N_("nothing waits"))
    detail = N_("events that wait: {count}, since {since}")
    waiting = {"count": count, "since": format_wall_clock(since)}
    if wiring.now() - since < _PATIENCE:
        return build_finding(wiring, "ok", detail, **waiting)
    if wiring.settings.kafka is None:
        return build_finding(wiring, "missing", detail, N_("start yihui serve, or call yihui run"), **waiting)
    return build_finding(wiring, "broken", detail, _NO_RELAY, **waiting)


def _relay(wiring: Wiring) -> HealthFinding:
    """Check that a relay works, where events go to message brokers."""
    from events.heartbeats import RELAY, find_heartbeat

    if wiring.settings.kafka is None:
        return build_finding(wiring, "ok", N_("none is needed: events are handled in this process"))
    with wiring.database.read() as connection:
        relay = find_heartbeat(connection, RELAY)
    if relay is None:
        return build_finding(wiring, "missing", N_("none has worked yet"), _NO_RELAY)
    seen, at = N_("last seen at {at}"), format_wall_clock(relay.seen_at)
    if relay.is_alive(wiring.now()):
        return build_finding(wiring, "ok", seen, at=at)
    return build_finding(wiring, "broken", seen, _NO_RELAY, at=at)


def _webhooks(wiring: Wiring) -> HealthFinding:
    """Check the webhook receivers: which are unreachable, and what was given up."""
    from events.webhooks.receivers import count_undelivered, list_webhooks

    with wiring.database.read() as connection:
        receivers, counts = list_webhooks(connection), count_undelivered(connection)
    given_up = sum(count for (_, state), count in counts.items() if state == "given_up")
    away = [one.id for one in receivers if one.unreached or one.state != "active"]
    detail = wiring.render(
        N_("receivers: {count}; waiting {waiting}, given up {given_up}"),
        count=len(receivers),
        waiting=sum(counts.values()) - given_up,
        given_up=given_up,
    )
    if not away and not given_up:
        return HealthFinding("ok", detail)
    if away:
        said = wiring.render(N_("not to be reached: {names}"), names=wiring.language.format_list(away))
        detail = wiring.language.join_clauses([detail, said])
    remedy = N_("look why: yihui webhooks deliveries; then: yihui webhooks retry")
    return HealthFinding("missing", detail, wiring.render(remedy))


def _vault(wiring: Wiring) -> HealthFinding:
    """Check that every row of the vault can be read, that it lies in one place, and that its key is private."""
    from members.vault import VAULT_FAULTS
    from yihui.services.members.vault_upkeep import load_vault_status

    found = load_vault_status(wiring)
    if found.left_in_main:
        left = N_("persons in the main database though the vault has one of its own: {count}")
        remedy = N_("move them: yihui members vault move")
        return build_finding(wiring, "broken", left, remedy, count=found.left_in_main)
    if found.unknown:
        rows = sum(found.rows[key_id] for key_id in found.unknown)
        unknown = N_("rows that no key at hand reads: {rows}; keys: {keys}")
        remedy = VAULT_FAULTS.texts["unknown_key"][1]
        keys = wiring.language.format_list(found.unknown)
        return build_finding(wiring, "broken", unknown, remedy, rows=rows, keys=keys)
    if found.key_place is None:
        return build_finding(wiring, "ok", N_("no key: no names and numbers, pseudonyms alone"))
    if wiring.vault_key_store.is_readable_by_others:
        exposed = N_("{file} can be read by other users of this machine")
        remedy = N_("chmod 600 {file}; then rotate the key")
        return build_finding(wiring, "broken", exposed, remedy, file=found.key_place)
    persons = wiring.render(N_("persons: {count}"), count=f"{sum(found.rows.values()):,}")
    if found.waiting_rows:
        waiting = wiring.render(N_("rows that a rotation left: {rows}"), rows=found.waiting_rows)
        remedy = wiring.render(N_("go on with it: yihui members vault rotate"))
        return HealthFinding("missing", wiring.language.join_clauses([persons, waiting]), remedy)
    return HealthFinding("ok", persons)


def _files(wiring: Wiring) -> HealthFinding:
    """Check that the files of applications are there, are whole, and can be read with the keys at hand."""
    from yihui.runtime.errors import fault_line
    from yihui.services.attachments.upkeep import MOST_CHECKED, find_damaged_files

    damaged = find_damaged_files(wiring, MOST_CHECKED)
    if not damaged:
        whole = N_("all are whole; at most {most} are checked")
        return build_finding(wiring, "ok", whole, most=f"{MOST_CHECKED:,}")
    line = fault_line(damaged[0], wiring.language)
    count = wiring.render(N_("files that can't be read: {count}"), count=len(damaged))
    return HealthFinding("broken", wiring.language.join_clauses([count, line.message]), line.remedy)


def check_head_receivers(wiring: Wiring) -> HealthFinding:
    """Check that heads of the ledger's chains go out: who did not get the newest ones, and why."""
    from yihui.runtime.errors import fault_line
    from yihui.services.ledger.heads import read_head_receivers

    if not wiring.settings.heads_to:
        nowhere = N_("sent nowhere: who can write the database could rewrite its history unnoticed")
        remedy = N_("set YIHUI_HEADS_TO: see docs/database_roles.md")
        return build_finding(wiring, "missing", nowhere, remedy)
    found = read_head_receivers(wiring).values()
    failed = [
        wiring.render(
            N_("{place}: not sent in {count} tries: {fault}"),
            place=one.place,
            count=one.tries,
            fault=fault_line(one.fault, wiring.language).message,
        )
        for one in found
        if one.fault is not None
    ]
    if failed:
        remedy = wiring.render(N_("mend it, then: yihui ledger heads send"))
        return HealthFinding("broken", wiring.language.join_clauses(failed), remedy)
    times = [one.sent_at for one in found if one.sent_at is not None]
    if not times:
        return build_finding(wiring, "ok", N_("receivers: {count}; nothing sent yet"), count=len(found))
    last, sent = format_wall_clock(max(times)), N_("receivers: {count}; last sent at {at}")
    return build_finding(wiring, "ok", sent, count=len(found), at=last)


def _room(wiring: Wiring) -> HealthFinding:
    """Check whether VACUUM keeps up with what is changed, so that tables don't grow without need."""
    from store.table_room import read_database_room

    with wiring.database.read() as connection:
        found = read_database_room(connection)
    if found is None:
        return build_finding(wiring, "ok", N_("SQLite uses freed room again by itself"))
    if found.is_old:
        detail = N_("the oldest row was frozen {count} transactions ago")
        remedy = N_("run VACUUM (FREEZE) in the database, and look for transactions that never end")
        return build_finding(wiring, "missing", detail, remedy, count=f"{found.transaction_age:,}")
    if bloated := [table for table in found.tables if table.is_bloated]:
        names = wiring.language.format_list(f"{table.name} ({table.dead_rows:,})" for table in bloated)
        detail = N_("rows that VACUUM has not freed: {names}")
        remedy = N_("see that autovacuum is on and no transaction stays open for hours, then run VACUUM")
        return build_finding(wiring, "missing", detail, remedy, names=names)
    return build_finding(wiring, "ok", N_("VACUUM keeps up with what is changed"))


def _months(wiring: Wiring) -> HealthFinding:
    """Check whether rows are stored with those of this month."""
    from store.monthly_tables import has_months, read_current_month, read_open_month

    with wiring.database.read() as connection:
        if not has_months(connection):
            return build_finding(wiring, "ok", N_("SQLite stores its tables whole"))
        opened, current = read_open_month(connection), read_current_month(connection)
    if opened < current:
        detail = N_("rows are stored with those of an earlier month")
        return build_finding(wiring, "missing", detail, N_("run as the owner of the tables: yihui migrate"))
    return build_finding(wiring, "ok", N_("open: {month}"), month=f"{opened:%Y-%m}")


IDENTITY_KEY_CHECK = HealthCheck("identity_key", N_("identity key"), _identity_key, needs="migrations")
DATABASE_CHECKS = (
    HealthCheck("database", N_("database"), _database),
    HealthCheck("migrations", N_("migrations"), _migrations, needs="database"),
    HealthCheck("tables", N_("tables"), _tables, needs="migrations"),
    HealthCheck("guards", N_("guards of the ledger"), _guards, needs="tables"),
    HealthCheck("clock", N_("clock"), _clock, needs="migrations"),
    HealthCheck("room", N_("room of the tables"), _room, needs="migrations"),
    HealthCheck("months", N_("months of the tables"), _months, needs="migrations"),
    IDENTITY_KEY_CHECK,
    HealthCheck("vault", N_("vault of persons"), _vault, needs="migrations"),
    HealthCheck("files", N_("files of applications"), _files, needs="migrations"),
    HealthCheck("stations", N_("stations"), _register, needs="migrations"),
    HealthCheck("rules", N_("rules"), _rules, needs="migrations"),
    HealthCheck("schedule", N_("schedule"), _schedule, needs="migrations"),
    HealthCheck("backup", N_("backup"), _backup, needs="migrations"),
    HealthCheck("dead_letters", N_("dead letters"), _letters, needs="migrations"),
    HealthCheck("seals", N_("seals"), _seals, needs="migrations"),
    HealthCheck("heads", N_("heads of the ledger's chains"), check_head_receivers, needs="migrations"),
    HealthCheck("ingress", N_("accepted events"), _ingress, needs="migrations"),
    HealthCheck("relay", N_("relay"), _relay, needs="migrations"),
    HealthCheck("webhooks", N_("webhooks"), _webhooks, needs="migrations"),
)
