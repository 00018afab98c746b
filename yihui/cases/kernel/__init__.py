"""What every case has: a history that acts are appended to."""
