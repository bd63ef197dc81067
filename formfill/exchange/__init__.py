"""Profiles from and for other programs: FHIR, vCard and tables; which are of one patient; two made into one."""
