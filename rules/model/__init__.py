"""The clauses of a rule file, one noun a module."""
