"""Caddy as docs/serving.md shows it: a real one runs its block, before a real site with faces."""

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.docs.proxied import NAME, block, certify
from tests.yihui.http.conftest import STATIONS, import_into
from tests.yihui.http.serving import serving, until
from tools.servers.postgres import free_port
from yihui.bootstrap import Settings, build_wiring

pytestmark = [pytest.mark.endure, pytest.mark.needs("caddy")]
MEMBERS = "me.example.cn"


@dataclass(frozen=True)
class Caddy:
    folder: Path
    port: int

    def get(self, name: str, path: str) -> httpx.Response:
        """Ask as a phone does that looked the name up and came here."""
        trust = ssl.create_default_context(cafile=str(self.folder / "site.pem"))
        with httpx.Client(verify=trust, base_url=f"https://127.0.0.1:{self.port}", timeout=30) as phone:
            headers = {"host": f"{name}:{self.port}", "accept-language": "en"}
            return phone.get(path, headers=headers, extensions={"sni_hostname": name})

    def is_up(self) -> bool:
        try:
            return self.get(NAME, "/healthz").status_code in (200, 502)
        except httpx.TransportError:
            return False

    @property
    def log(self) -> str:
        return (self.folder / "caddy.log").read_text()


@pytest.fixture(scope="module")
def caddy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caddy]:
    folder = tmp_path_factory.mktemp("site")
    filled = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder))
    import_into(filled, STATIONS)
    filled.database.close()
    made = Caddy(tmp_path_factory.mktemp("caddy"), free_port())
    certify(made.folder, NAME, MEMBERS)
    options = ("--faces", f"riders={NAME},members={MEMBERS}", "--behind-proxy", "127.0.0.1")
    with serving(folder, *options, demo=False) as site:
        (made.folder / "Caddyfile").write_text(_placed(block("serving.md", "caddy"), made, site))
        with (made.folder / "caddy.log").open("wb") as log:
            running = subprocess.Popen(
                ["caddy", "run", "--config", str(made.folder / "Caddyfile"), "--adapter", "caddyfile"],
                stdout=log,
                stderr=log,
                env={"HOME": str(made.folder), "PATH": "/usr/bin:/bin"},
            )
        try:
            until(lambda: made.is_up() or running.poll() is not None)
            assert running.poll() is None, made.log
            yield made
        finally:
            running.terminate()
            running.wait(20)


def _placed(text: str, caddy: Caddy, site: str) -> str:
    """The block with both names, a port of ours, and a certificate that nobody has to be asked for."""
    moves = {
        "{\n\tlog {": "{\n\tadmin off\n\tauto_https disable_redirects\n\tlog {",
        f"{NAME} {{": f"{NAME}:{caddy.port}, {MEMBERS}:{caddy.port} {{\n\ttls {caddy.folder}/site.pem {caddy.folder}/site.key",
        "127.0.0.1:8000": site.removeprefix("http://"),
    }
    for shown, ours in moves.items():
        assert shown in text, f"{shown} is no longer shown"
        text = text.replace(shown, ours, 1)
    return text


def test_each_name_has_its_face_by_https(caddy: Caddy) -> None:
    page = caddy.get(NAME, "/?lon=117.0204&lat=36.6683&datum=wgs84")
    assert page.status_code == 200 and "strict-transport-security" in page.headers
    assert caddy.get(MEMBERS, "/me/login").status_code == 200  # whoever came by http would be refused
    assert caddy.get(NAME, "/me/login").status_code == 404
    assert caddy.get(MEMBERS, "/api/v1/stations").status_code == 404


def test_no_position_of_a_rider_stands_in_caddys_log(caddy: Caddy) -> None:
    caddy.get(NAME, "/nothing?lon=117.0204&lat=36.6683")
    assert "serving initial configuration" in caddy.log
    assert "117.0204" not in caddy.log and "36.6683" not in caddy.log
