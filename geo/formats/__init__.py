"""Read stations from files and write them to files; one module for each format."""
