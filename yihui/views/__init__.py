"""Results rendered as terminal lines, JSON, HTML and workbooks."""
