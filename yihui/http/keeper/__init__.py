"""The keeper's page and the keeper's API."""
