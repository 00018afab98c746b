"""Inspections of stations: planned, recorded once or withdrawn, with what is to be mended."""
