"""Running the installation: jobs, uploads, upkeep, backups and the demo."""
