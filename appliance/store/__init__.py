"""What lies on the disk of a box: ledger, shelf, papers. Rules come from core; this package makes them durable."""
