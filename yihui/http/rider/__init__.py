"""The rider's page."""
