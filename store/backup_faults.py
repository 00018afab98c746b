"""Errors of backup and restore."""

from core.text_marks import N_


class BackupRefused(Exception):
    """Nothing was written; ``message`` and ``remedy`` are catalogue templates filled in by ``params``."""

    message = N_("{file} is not a backup of Yihui")
    remedy = N_("name a file that `yihui backup` has written")

    def __init__(self, file: str, **params: str) -> None:
        self.params = {"file": file, **params}
        super().__init__(self.message.format_map(self.params))


class NotABackup(BackupRefused):
    pass


class BackupDamaged(BackupRefused):
    message = N_("the backup {file} is damaged: {detail}")
    remedy = N_("take another copy of it, or an older backup; nothing was restored")


class BackupNewer(BackupRefused):
    message = N_("the backup {file} was written by a newer version of Yihui (revision {revision})")
    remedy = N_("upgrade Yihui, then restore it")


class BackupExists(BackupRefused):
    message = N_("there is a file {file} already")
    remedy = N_("name another file, or let it be replaced with --force")


class DatabaseNotEmpty(BackupRefused):
    message = N_("{target} is not empty: it holds {rows} rows")
    remedy = N_("name an empty database with --db, or replace all that it holds with --force")


class RowDoesNotFit(BackupRefused):
    message = N_("a row of {table} does not fit into {target}: {detail}")
    remedy = N_("restore it into the kind of database that it comes from; nothing was restored")
