"""Scripted conversations, readable as prose and run end to end over HTTP. How to write one: README.md."""
