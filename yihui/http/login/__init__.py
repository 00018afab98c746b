"""Log-in of officers over HTTP: cookies, forms, the pages of log-in and of the officer's own account."""
