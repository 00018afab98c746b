"""Check a set of stations: report problems, their severity and their remedies."""
