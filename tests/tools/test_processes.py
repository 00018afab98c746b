"""Only the processes that were noted are ended, even where another has got the number of one of them."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tools.processes import DetachedProcess, end_processes


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def test_a_process_that_got_a_noted_number_later_is_left_alone(sleeper: "subprocess.Popen[bytes]") -> None:
    ours = DetachedProcess.from_pid("sleeper", sleeper.pid)
    another = DetachedProcess("ours once", sleeper.pid, ours.began + "1")
    assert not another.is_running
    end_processes([another])
    another.kill()
    another.send_signal(signal.SIGKILL)
    assert ours.is_running
    assert sleeper.poll() is None
