"""The border: a company's files become checked canonical tables, once, and are shown as known at a day."""
