"""Running the installation: jobs, uploads, upkeep, backups, scenarios and the demo."""
