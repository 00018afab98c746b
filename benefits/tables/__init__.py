"""The tables of the room, and their rows in bundles."""
