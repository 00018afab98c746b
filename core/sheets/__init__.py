"""Read the rows of files that people keep: CSV and workbooks, for stations, rolls, payees and organisations alike."""
