"""Sekisho beside other servers that block names: one machine, one run, the same list, the same queries."""
