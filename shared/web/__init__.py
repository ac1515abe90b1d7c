"""Plumbing of HTTP for every function: errors, bodies, routes, CORS, credentials, event streams. Decides nothing."""
