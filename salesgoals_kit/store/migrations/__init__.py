"""The steps by which the ledger's database came to its present form."""
