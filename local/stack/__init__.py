"""Processes of a local platform: embedded servers, stand-ins and the functions. Used by `make run` and by the tests."""
