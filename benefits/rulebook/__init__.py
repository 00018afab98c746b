"""Rule versions that were submitted and approved, stopped rules, and their held events."""
