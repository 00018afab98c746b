"""What report, maps and exports show alike, reckoned once."""
