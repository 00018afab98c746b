"""The stations in the database, with the history of their changes."""
