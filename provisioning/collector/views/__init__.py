"""What pages and the report show, gathered and named; how it looks is the templates'."""
