"""Load the files of a folder into a library, or report every finding."""
