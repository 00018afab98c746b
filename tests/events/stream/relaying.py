"""``yihui relay``, which kills itself (SIGKILL) when it would forget what the brokers have for the n-th time.

python -m tests.events.stream.relaying N
"""

import os
import signal
import sys
from itertools import count

from sqlalchemy import event

from yihui.bootstrap import build_wiring, load_settings
from yihui.services.events.relay import RelayProcess


def main(at: int) -> None:
    relaying = RelayProcess(build_wiring(load_settings(os.environ)))
    times = count(1)

    def tick(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("DELETE FROM ingress") and next(times) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(relaying.wiring.database.engine, "before_cursor_execute", tick)
    relaying.run_once()


if __name__ == "__main__":
    main(int(sys.argv[1]))
