"""Tables of people and requests: rows out of CSV, XLSX, JSON and YAML, and what their columns mean."""
