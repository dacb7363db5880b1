"""Content, charts, tables and the page a manager reads."""
