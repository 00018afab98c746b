"""What `make metrics` counts."""

from pathlib import Path

from tools.metrics import report_lines


def test_product_is_the_rooms_with_their_migrations_and_words_are_those_of_markdown(tmp_path: Path) -> None:
    files = {
        "geo/crs.py": "a\nb\n",
        "store/migrations/versions/first.py": "a\n",
        "tests/geo/test_crs.py": "a\n",
        "tests/geo/register.csv": "a\n",
        "bench/siting.py": "a\n",
        "tools/metrics.py": "a\n",
        "yihui/templates/page.html": "a\n",
        "docs/index.md": "three plain words\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    found = {line.split()[0]: line.split()[-2] for line in report_lines(tmp_path, map(Path, files))}
    assert found == {
        **dict.fromkeys(["core/", "rules/", "members/", "benefits/", "events/", "maps/", "yihui/"], "0"),
        "geo/": "2",
        "store/": "1",
        "product": "3",
        "tests/": "1",
        "bench/": "1",
        "HTML": "1",
        "Markdown": "3",
    }
