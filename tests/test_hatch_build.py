"""The front end's build, run for real in a folder of its own."""

import gettext
import importlib.util
import json
import os
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def build() -> ModuleType:
    return load(ROOT / "hatch_build.py")


def load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(folder: Path, name: str, msgid: str, msgstr: str) -> Path:
    (folder / "zh" / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    file = folder / "zh" / "LC_MESSAGES" / name
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    file.write_text(f'{header}\nmsgid "{msgid}"\nmsgstr "{msgstr}"\n', encoding="utf-8")
    return file


def test_all_domains_become_one_catalogue(build: ModuleType, tmp_path: Path) -> None:
    write(tmp_path, "a.po", "open", "开")
    write(tmp_path, "b.po", "closed", "关")
    build.compile_catalogues(tmp_path)
    texts = gettext.translation("yihui", tmp_path, languages=["zh"])
    assert (texts.gettext("open"), texts.gettext("closed")) == ("开", "关")


def test_two_domains_that_disagree_are_named(
    build: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "a.po", "open", "开")
    write(tmp_path, "b.po", "open", "开着")
    build.compile_catalogues(tmp_path)
    assert "b.po: 'open'" in capsys.readouterr().err


def test_a_catalogue_is_compiled_anew_only_when_a_source_is_newer(build: ModuleType, tmp_path: Path) -> None:
    source = write(tmp_path, "a.po", "open", "开")
    build.compile_catalogues(tmp_path)
    target = source.with_name("yihui.mo")
    before = target.stat().st_mtime_ns
    build.compile_catalogues(tmp_path)
    assert target.stat().st_mtime_ns == before
    later = target.stat().st_mtime + 10
    os.utime(source, (later, later))
    build.compile_catalogues(tmp_path)
    assert target.stat().st_mtime_ns > before


def test_the_lock_file_names_no_host_and_the_content_of_every_package() -> None:
    lock = (ROOT / "web" / "package-lock.json").read_text(encoding="utf-8")
    assert "http" not in lock
    packages = json.loads(lock)["packages"]
    assert [place for place, package in packages.items() if place and "integrity" not in package] == []
    assert len(packages) > 1


def test_a_wheel_is_built_of_what_it_holds_and_tests_get_what_they_read(tmp_path: Path) -> None:
    build = load(Path(shutil.copy(ROOT / "hatch_build.py", tmp_path)))
    locked = {"": {}, "node_modules/leaflet": {"version": "1"}, "node_modules/schemas": {"version": "2"}}
    write_text(tmp_path / "web" / "package-lock.json", json.dumps({"packages": locked}))
    asked = []

    def npm(*arguments: str) -> None:
        asked.append("--omit=dev" not in arguments)
        for place in list(locked)[1 : 3 if asked[-1] else 2]:
            write_text(tmp_path / "web" / place / "package.json", json.dumps(locked[place]))
        for file in build.VENDORED_FILES.values():
            write_text(tmp_path / "web" / "node_modules" / file, "")

    for dev in (False, False, True, True, False):
        build.build_vendor(dev=dev, npm=npm)
    assert asked == [False, True]
    assert build.find_missing_packages(tmp_path / "web") == []
    write_text(tmp_path / "web" / "node_modules" / "schemas" / "package.json", '{"version": "1"}')
    assert build.find_missing_packages(tmp_path / "web") == ["node_modules/schemas"]


def write_text(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_a_page_carries_the_texts_that_its_script_says(tmp_path: Path) -> None:
    build = load(ROOT / "hatch_build.py")
    script = tmp_path / "a.ts"
    write_text(script, 'translate("Open until {time}", { time }); other("not said");')
    assert build._extract_messages([script]) == ["Open until {time}"]


def test_every_bundle_is_built_under_a_name_that_carries_its_content() -> None:
    manifest = json.loads((ROOT / "yihui" / "static" / "built" / "manifest.json").read_text("utf-8"))
    files = [entry["file"] for entry in manifest["entries"].values()]
    assert len(files) == len(load(ROOT / "hatch_build.py").BUNDLE_ENTRIES)
    assert all(re.fullmatch(r"\w+-[A-Z0-9]{8}\.(js|css|svg)", file) for file in files)


@pytest.mark.parametrize(("version", "held"), [("standard", True), ("editable", False)])
def test_a_wheel_holds_the_page_of_commands(
    build: ModuleType, monkeypatch: pytest.MonkeyPatch, version: str, held: bool
) -> None:
    monkeypatch.setattr(build, "build_assets", lambda: None)
    monkeypatch.setattr(build, "write_commands_page", lambda: True)
    build_data: dict[str, dict[str, str]] = {"shared_data": {}}
    build.BuildHook.initialize(None, version, build_data)
    assert (list(build_data["shared_data"].values()) == ["share/doc/yihui/commands.md"]) is held
