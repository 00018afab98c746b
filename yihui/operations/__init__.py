"""What keeps an installation going: files that wait for their act."""
