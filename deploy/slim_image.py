"""Take out of an image what no process of ours uses, and report its size; deploy/Containerfile runs this at the build.

    slim_image.py packages FOLDER   the virtual environment: parts of libraries, symbols of compiled modules
    slim_image.py system            this very root: tools of Debian that only build, install or serve people

`tests/deploy/test_slim_image.py` runs our modules without the parts of libraries that are listed here.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# Of scipy street names use trees of points and sparse matrices; we use of holidays China; AVIF is no format of pictures that we accept.
UNUSED_PARTS = (
    *(f"scipy/{part}" for part in ("cluster", "datasets", "differentiate", "fft", "fftpack", "integrate")),
    *(
        f"scipy/{part}"
        for part in ("interpolate", "io", "misc", "ndimage", "odr", "optimize", "signal", "stats")
    ),
    "numpy/_core/include",
    "numpy/_core/lib/*.a",
    "pillow.libs/libavif*",
    "PIL/_avif*",
    "holidays/locale/[!ez]*",
    "yihui/locale/*/LC_MESSAGES/*.po",
)
UNUSED_FILES = ("*.pyi", "*.pyx", "*.pxd", "*.pxi", "*.h", "*.hpp", "*.c", "*.cpp", "*.a", "*.f", "*.f90")
# An operator who enters the container finds a shell, coreutils, grep, sed and Python, and installs no packages.
UNUSED_PACKAGES = (
    *(
        "adduser",
        "apt",
        "debconf",
        "debian-archive-keyring",
        "diffutils",
        "dpkg",
        "e2fsprogs",
        "gpgv",
        "init-system-helpers",
    ),
    *(
        "libapt-pkg6.0",
        "libdebconfclient0",
        "libgnutls30",
        "libhogweed6",
        "libnettle8",
        "libp11-kit0",
        "libperl5.36",
    ),
    *(
        "libpam-modules",
        "libpam-modules-bin",
        "libpam-runtime",
        "libseccomp2",
        "libss2",
        "libunistring2",
        "libext2fs2",
    ),
    *(
        "login",
        "logsave",
        "mount",
        "ncurses-bin",
        "openssl",
        "passwd",
        "perl",
        "perl-base",
        "perl-modules-5.36",
    ),
    *("python3-pip-whl", "python3-setuptools-whl", "python3-distutils", "python3-lib2to3", "python3-venv"),
    *("python3.11-venv", "sysvinit-utils", "tar", "usr-is-merged", "util-linux", "util-linux-extra", "bash"),
    *(
        "binutils",
        "binutils-common",
        "binutils-x86-64-linux-gnu",
        "libbinutils",
        "libctf0",
        "libctf-nobfd0",
        "libgprofng0",
    ),
)
UNUSED_FOLDERS = (
    *(
        f"usr/share/{name}"
        for name in ("bash-completion", "debconf", "doc-base", "info", "lintian", "locale", "man")
    ),
    *(f"usr/share/{name}" for name in ("perl5", "python-wheels", "zoneinfo/posix", "zoneinfo/right")),
    *(f"usr/lib/x86_64-linux-gnu/{name}" for name in ("gconv", "perl", "perl-base")),
    *(f"usr/lib/python3.11/{name}" for name in ("ensurepip", "idlelib", "lib2to3", "pydoc_data", "test")),
    *("usr/src", "var/cache", "var/lib/apt", "var/log"),
)


def slim_packages(folder: Path) -> None:
    """Delete tests, sources of compiled modules and unused parts of a virtual environment, and strip its modules."""
    for packages in folder.glob("lib/python3*/site-packages"):
        for pattern in UNUSED_PARTS:
            for path in packages.glob(pattern):
                delete(path)
        for path in [one for one in packages.rglob("tests") if one.is_dir()]:
            delete(path)
        for pattern in UNUSED_FILES:
            for path in packages.rglob(pattern):
                delete(path)
        for path in packages.rglob("*.so"):
            # Libraries in *.libs were moved by their wheels' makers, and don't load after another change.
            if not path.parent.name.endswith(".libs"):
                subprocess.run(["strip", "--strip-unneeded", str(path)], check=True)


def slim_system(root: Path = Path("/")) -> None:
    """Delete the files of the Debian packages in `UNUSED_PACKAGES`, and their entries in dpkg's database."""
    info, status = root / "var/lib/dpkg/info", root / "var/lib/dpkg/status"
    gone = set(UNUSED_PACKAGES)
    kept_files = {line for name, listed in _listed_files(info) if name not in gone for line in listed}
    for name, listed in list(_listed_files(info)):
        if name in gone:
            for line in reversed(listed):
                path = root / line.lstrip("/")
                if line not in kept_files and (path.is_symlink() or path.is_file()):
                    path.unlink()
            for path in [*info.glob(f"{name}.*"), *info.glob(f"{name}:*")]:
                path.unlink()
    stanzas = status.read_text("utf-8").split("\n\n")
    status.write_text("\n\n".join(one for one in stanzas if _package_of(one) not in gone), "utf-8")
    for name in UNUSED_FOLDERS:
        delete(root / name)
    for path in list(root.glob("usr/lib/python3*/**/__pycache__")):  # those of libraries aren't there either
        delete(path)
    for name in ("var/log", "var/cache"):
        (root / name).mkdir(parents=True)


def _listed_files(info: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each package with the files that it has installed."""
    for path in info.glob("*.list"):
        yield path.stem.partition(":")[0], path.read_text("utf-8").splitlines()


def _package_of(stanza: str) -> str:
    return next((line[9:] for line in stanza.splitlines() if line.startswith("Package: ")), "")


def delete(path: Path) -> None:
    """Delete a file or a folder with all that is in it, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def measure(folder: Path) -> int:
    """Return the size of all files of a folder, in bytes; other file systems in it don't count."""
    device, seen, size = folder.stat().st_dev, set[int](), 0
    for path in folder.rglob("*"):
        found = path.lstat()
        if found.st_dev == device and found.st_ino not in seen and not path.is_dir():
            seen.add(found.st_ino)
            size += found.st_size
    return size


if __name__ == "__main__":
    if sys.argv[1] == "packages":
        slim_packages(Path(sys.argv[2]))
        sys.stdout.write(f"{measure(Path(sys.argv[2])) / 1e6:.0f} MB in {sys.argv[2]}\n")
    else:
        slim_system()
