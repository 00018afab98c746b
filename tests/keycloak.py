"""A private Keycloak: a real identity provider on a free port of 127.0.0.1, gone after the tests.

The first use unpacks the archive of ``tools/servers.sh``, builds the server, and starts it once to import the
realm; each later start copies that small database.
"""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tools.servers.postgres import free_port

REALM_FILE = Path(__file__).with_name("keycloak_realm.json")
REALM, CLIENT_ID, CLIENT_SECRET = "union", "yihui-desk", "a-secret-of-the-tests-alone"
PASSWORD, OTP_SECRET = "a password of the tests", b"a-secret-of-20-bytes"
WITH_CODE = "7a0e2b52-0000-4000-8000-000000000002"

_BUILD = Path(__file__).parents[1] / "build" / "keycloak"
_ADMIN = ("administrator", "an administrator of the tests")
_FEATURES_OFF = "admin,account,ciba,device-flow,kerberos,par"
_UP_WITHIN_S = 600.0  # a server that ends is told at once
_LOOK_EVERY_S = 0.1


def is_at_hand() -> bool:
    """Java, and the archive that ``tools/servers.sh`` fetches and checks."""
    return shutil.which("java") is not None and (_BUILD / "done").exists() and _archive() is not None


def _archive() -> Path | None:
    return next((_BUILD / "libs").glob("keycloak-quarkus-dist-*.zip"), None)


@dataclass(slots=True)
class Keycloak:
    """One server. ``issuer`` is that of the realm of the tests."""

    home: Path
    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def issuer(self) -> str:
        return f"{self.address}/realms/{REALM}"

    def start(self) -> None:
        """Start it, and wait until it answers. *Raises*: RuntimeError with the end of its log."""
        with (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    str(self.home / "bin" / "kc.sh"),
                    "start",
                    "--optimized",
                    "--cache=local",
                    f"--db-url=jdbc:h2:file:{self.folder / 'keycloak'};NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE",
                    "--http-enabled=true",
                    "--http-host=127.0.0.1",
                    f"--http-port={self.port}",
                    f"--hostname={self.address}",
                ],
                env=_environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _UP_WITHIN_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                log_end = (self.folder / "log.txt").read_text(errors="replace")[-2000:]
                self.stop()
                raise RuntimeError(f"Keycloak did not start:\n{log_end}")
            time.sleep(_LOOK_EVERY_S)  # another process's port: there is nothing to wait on

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/realms/master", trust_env=False, timeout=5).is_success
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        """End it with the shell that started it, and let its database be closed."""
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def administer(self, method: str, path: str, content: Any = None) -> httpx.Response:
        """Call the administrators' API; ``path`` is below ``/admin/realms``."""
        login = {
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": _ADMIN[0],
            "password": _ADMIN[1],
        }
        with httpx.Client(base_url=self.address, trust_env=False, timeout=30) as client:
            token = client.post("/realms/master/protocol/openid-connect/token", data=login).json()
            headers = {"Authorization": f"Bearer {token['access_token']}"}
            answer = client.request(method, f"/admin/realms{path}", headers=headers, json=content)
        answer.raise_for_status()
        return answer

    def change_client(self, changes: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        """Change the desk's client, as its administrator would."""
        found = self.administer("GET", f"/{REALM}/clients?clientId={CLIENT_ID}").json()[0]
        changed = {**found, **changes, "attributes": {**found["attributes"], **attributes}}
        self.administer("PUT", f"/{REALM}/clients/{found['id']}", changed)


@contextmanager
def running() -> Iterator[Keycloak]:
    """Start a server with the realm of the tests, as the file has it."""
    home, prepared = _lay_out()
    folder = Path(tempfile.mkdtemp(prefix="yihui-keycloak-"))
    server = Keycloak(home, folder, free_port())
    try:
        shutil.copy(prepared, folder / "keycloak.mv.db")
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _lay_out() -> tuple[Path, Path]:
    """Return the built server and its database with the realm; make them if they are not there."""
    archive = _archive()
    assert archive is not None, "tools/servers.sh fetches Keycloak"
    home = _BUILD / archive.stem.replace("-quarkus-dist", "")
    digest = hashlib.sha256(REALM_FILE.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:12]
    prepared = _BUILD / f"prepared-{digest}.mv.db"
    with (_BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker of the same run may be at it
        if not (home / "built").exists():
            _build(archive, home)
        if not prepared.exists():
            _prepare(home, prepared)
    return home, prepared


def _build(archive: Path, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    with zipfile.ZipFile(archive) as file:
        file.extractall(_BUILD)
    command = home / "bin" / "kc.sh"
    command.chmod(0o755)
    options = ["--db=dev-file", f"--features-disabled={_FEATURES_OFF}"]
    done = subprocess.run(
        [str(command), "build", *options], env=_environment(), capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"Keycloak could not be built:\n{done.stdout.decode(errors='replace')[-2000:]}")
    (home / "built").touch()


def _prepare(home: Path, prepared: Path) -> None:
    for old in _BUILD.glob("prepared-*"):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="yihui-keycloak-") as name:
        server = Keycloak(home, Path(name), free_port())
        try:
            server.start()
            server.administer("POST", "", json.loads(REALM_FILE.read_bytes()))
        finally:
            server.stop()
        shutil.copy(Path(name) / "keycloak.mv.db", prepared.with_suffix(".new"))
        prepared.with_suffix(".new").rename(prepared)


def _environment() -> dict[str, str]:
    jvm = "-Xms64m -Xmx512m -XX:MaxMetaspaceSize=256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("KC_", "JAVA_"))},
        **({"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {}),
        "JAVA_OPTS": jvm,
        "KC_BOOTSTRAP_ADMIN_USERNAME": _ADMIN[0],
        "KC_BOOTSTRAP_ADMIN_PASSWORD": _ADMIN[1],
    }
