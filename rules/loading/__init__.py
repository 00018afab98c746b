"""From the files of a folder to a library, or to every finding."""
