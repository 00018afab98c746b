"""nginx before a site, as docs/serving.md shows it: the block itself, with ports and files that a test may have."""

import itertools
import os
import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.conftest import NGINX
from tests.yihui.http.serving import until
from tools.servers.postgres import free_port

PAGES = Path(__file__).parents[2] / "docs"
NAME = "yizhan.example.cn"
_ADDRESSES = (f"127.0.{n // 250 + 1}.{n % 250 + 1}" for n in itertools.count())
# What Debian's own nginx.conf has around the block. Root's workers must read a folder that is root's alone.
_AROUND = """
{user}
pid {folder}/nginx.pid;
daemon off;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
    access_log {folder}/access.log;
    error_log {folder}/error.log;
    {temporary}
    include {folder}/yihui.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    """An nginx and the folder of its logs. Whoever asks comes from an address of their own, as riders do."""

    folder: Path
    http: int
    https: int

    def rider(self, address: str | None = None) -> httpx.Client:
        """The name isn't looked up: it leads here."""
        trust = ssl.create_default_context(cafile=str(self.folder / "site.pem"))
        from_there = httpx.HTTPTransport(verify=trust, local_address=address or next(_ADDRESSES))
        here = f"https://127.0.0.1:{self.https}"
        rider = httpx.Client(transport=from_there, base_url=here, timeout=30)
        rider.headers["host"] = f"{NAME}:{self.https}"
        rider.event_hooks["request"].append(lambda asked: asked.extensions.update(sni_hostname=NAME))
        return rider

    def get(self, path: str, **more: str) -> httpx.Response:
        with self.rider() as rider:
            return rider.get(path, params=more)

    def logged(self) -> str:
        """All that nginx wrote down."""
        return "".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    def is_up(self) -> bool:
        """Whether it answers: with the site's answer, with its refusal of this name, or that the site is away."""
        try:
            self.get("/healthz")
        except httpx.TransportError:
            return False
        return True


@contextmanager
def proxied(folder: Path, site: int, *names: str, largest_body: str = "") -> Iterator[Proxy]:
    """An nginx before the site of a port of this machine.

    ``names`` are those of other faces, and ``largest_body`` is what the page says for them.
    """
    proxy = Proxy(folder, free_port(), free_port())
    certify(folder, NAME, *names)
    text = _placed(block("serving.md"), site, proxy)
    for shown, ours in (
        (f"server_name {NAME};", f"server_name {' '.join((NAME, *names))};"),
        ("client_max_body_size 256k;", f"client_max_body_size {largest_body or '256k'};"),
    ):
        assert shown in text, f"{shown} is no longer shown"
        text = text.replace(shown, ours)
    (folder / "yihui.conf").write_text(text)
    (folder / "nginx.conf").write_text(_around(folder))
    command = [
        str(NGINX),
        "-p",
        str(folder),
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        str(folder / "start.log"),
    ]
    running = subprocess.Popen(command)
    try:
        until(lambda: proxy.is_up() or running.poll() is not None)
        assert running.poll() is None, proxy.logged()
        # What nginx would put into a file fails from now on.
        for kind in ("proxy",) if largest_body else ("client_body", "proxy"):
            (folder / kind).rmdir()
        yield proxy
    finally:
        running.terminate()
        running.wait(20)


def block(page: str, kind: str = "nginx") -> str:
    found = re.search(rf"```{kind}\n(.*?)```", (PAGES / page).read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def largest_bodies(page: str) -> dict[str, str]:
    """What a page says is nginx's ``client_max_body_size`` for each face."""
    rows = re.findall(r"(?m)^\| ((?:`[a-z]+`[、, ]*)+) \| (\d+[km]) \|", (PAGES / page).read_text("utf-8"))
    return {face: size for faces, size in rows for face in re.findall(r"`([a-z]+)`", faces)}


def size_in_bytes(size: str) -> int:
    """A size as nginx has it: 256k, 4m."""
    return int(size[:-1]) << {"k": 10, "m": 20}[size[-1]]


def _placed(text: str, site: int, proxy: Proxy) -> str:
    moves = {
        "127.0.0.1:8000": f"127.0.0.1:{site}",
        "listen 80;": f"listen 127.0.0.1:{proxy.http};",
        "listen 443 ": f"listen 127.0.0.1:{proxy.https} ",
        f"/etc/ssl/{NAME}": str(proxy.folder / "site"),
        "/var/log/nginx/": f"{proxy.folder}/",
    }
    for shown, ours in moves.items():
        assert shown in text, f"{shown} is no longer shown"
        text = text.replace(shown, ours)
    return text


def _around(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    return _AROUND.format(folder=folder, temporary=temporary, user="" if os.geteuid() else "user root;")


def certify(folder: Path, *names: str) -> None:
    """A certificate of the names, by itself: site.pem with its key."""
    key = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    listed = ",".join(f"DNS:{name}" for name in names)
    name = ["-subj", f"/CN={names[0]}", "-addext", f"subjectAltName={listed}"]
    files = ["-keyout", str(folder / "site.key"), "-out", str(folder / "site.pem")]
    subprocess.run([*key, *name, *files], check=True, capture_output=True)
