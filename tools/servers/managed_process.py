"""A process that a supervisor keeps alive: started again whenever it ended by itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class ManagedProcess:
    """One command of ours. ``ends`` are the exit codes seen so far, negative for signals."""

    name: str
    arguments: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    ends: list[int] = field(default_factory=list)
    process: "subprocess.Popen[bytes] | None" = None
    is_mortal: bool = False

    def start(self, *, dies_at: int | None = None, more: Mapping[str, str] | None = None) -> None:
        """Start it; ``dies_at`` is the statement at which it is killed."""
        if self.process is not None:
            self.ends.append(self.process.wait())
        self.is_mortal = dies_at is not None
        how = ["-m", "yihui"] if dies_at is None else ["-m", "tests.chaos.mortal", str(dies_at)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *how, *self.arguments],
                cwd=ROOT,
                env={**os.environ, **self.environ, **(more or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def tend(self) -> None:
        """What a supervisor does: start again what ended."""
        if self.process is not None and not self.lives:
            self.start()

    def spare(self) -> None:
        """One that was to die at a statement and has not come to it yet is started anew, to live."""
        if self.is_mortal:
            self.kill()
            self.tend()

    def send(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """Killed, and gone when this returns; ``tend`` starts it again."""
        self.send(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def ended(self, patience_s: float = 60.0) -> int:
        """The exit code of one that ends by itself. *Raises*: TimeoutExpired."""
        assert self.process is not None, f"{self.name} was never started"
        return self.process.wait(patience_s)

    def end(self, patience_s: float = 30.0) -> int:
        """Asked to stop; gives its exit code. *Raises*: TimeoutExpired, after killing it."""
        self.send(signal.SIGTERM)
        assert self.process is not None, f"{self.name} was never started"
        try:
            return self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
