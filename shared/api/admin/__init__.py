"""The admin function's API: what owners, operators and the console call."""
