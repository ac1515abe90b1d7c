"""Connectors to CRMs: one file each, generators of requests, without I/O. Start in `connector.py`."""
