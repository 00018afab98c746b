"""The tables of benefits, and their rows in bundles."""
