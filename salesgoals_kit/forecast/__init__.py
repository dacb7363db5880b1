"""A monthly series in, an Outlook out."""
