"""What the outside knows: each 202, written to a file of its own before the next request goes out."""

import json
import os
from pathlib import Path


class Recorder:
    """Knows nothing of our tables: the ledger is compared with this afterwards."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab", buffering=0)

    def record(self, events: list[dict[str, object]], accepted: list[str]) -> None:
        """The events of one request that were accepted; on the disk when this returns."""
        taken = set(accepted)
        lines = [json.dumps(event, ensure_ascii=False) for event in events if event["id"] in taken]
        self._file.write("".join(line + "\n" for line in lines).encode())
        os.fsync(self._file.fileno())

    def accepted(self) -> list[str]:
        """The events, as JSON lines in the order of their answers; one that was sent twice is there twice."""
        return self.path.read_text(encoding="utf-8").splitlines()

    def close(self) -> None:
        self._file.close()
