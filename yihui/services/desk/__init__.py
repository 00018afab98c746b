"""What the officers' pages share: the home page, the search box and forms that act once."""
