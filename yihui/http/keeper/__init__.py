"""The keeper's page and what a keeper does over HTTP."""
