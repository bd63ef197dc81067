"""The documents of one request, in one packet: cover sheet, filled form, addendum, ID copy."""
