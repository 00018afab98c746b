"""/desk: the pages of officers. Each room is a file; all of them work without script."""
