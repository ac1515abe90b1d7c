"""Calls of a business's CRM: what a connector's steps ask for is paced, signed, sent and judged here."""
