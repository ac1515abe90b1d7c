"""Speech made and understood on this machine, offline, for tests and `make call`. Never imported by product code."""
