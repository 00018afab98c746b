"""Read stations from files and write them to files; one module for each format."""

from pathlib import Path

OUTLINES_FILE = Path(__file__).with_name("outlines.gpkg")  # made by hatch_build.py
