"""Only the processes that were noted are ended, even where another has got the number of one of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tools.processes import DetachedProcess, end_processes, process_start_id

_STUBBORN = """\
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""
_WITH_A_CHILD = """\
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
child.stdout.readline()
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def test_a_noted_process_is_ended(sleeper: "subprocess.Popen[bytes]") -> None:
    end_processes([DetachedProcess.from_pid("sleeper", sleeper.pid)])
    assert sleeper.wait(10) == -signal.SIGTERM


def test_a_process_that_got_a_noted_number_later_is_left_alone(sleeper: "subprocess.Popen[bytes]") -> None:
    ours = DetachedProcess.from_pid("sleeper", sleeper.pid)
    another = DetachedProcess("ours once", sleeper.pid, ours.began + "1")
    assert not another.is_running
    end_processes([another])
    another.kill()
    another.send_signal(signal.SIGKILL)
    assert ours.is_running
    assert sleeper.poll() is None


def test_what_has_ended_is_gone_even_before_anybody_has_asked_for_its_end() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read()  # ends with it
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert process_start_id(process.pid) is None
        with pytest.raises(ProcessLookupError):
            DetachedProcess.from_pid("gone", process.pid)


def test_what_does_not_end_when_asked_is_killed_with_its_children() -> None:
    command = [sys.executable, "-c", _WITH_A_CHILD, _STUBBORN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        child = DetachedProcess.from_pid("child", int(process.stdout.readline()))
        end_processes([DetachedProcess.from_pid("stubborn", process.pid)], gently_s=0.2)
        assert process.wait(10) == -signal.SIGKILL
        process.stdout.read()  # both held it open
        assert not child.is_running
