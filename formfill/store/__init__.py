"""What is kept: the ledger of requests, its audit log, and the dates by which each is to be answered."""
