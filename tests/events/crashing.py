"""A process that kills itself (SIGKILL) at a counted statement or commit."""

import os
import signal

from sqlalchemy import event

from store import Database


class Bomb:
    """Counts statements and commits; kills its own process at one of them."""

    def __init__(self, database: Database, at: int) -> None:
        self.left = at
        event.listen(database.engine, "before_cursor_execute", self.tick)
        event.listen(database.engine, "after_cursor_execute", self.tick)
        event.listen(database.engine, "commit", self.tick)

    def tick(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
