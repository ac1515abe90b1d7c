"""Values of the business: what a message, a session, a turn and a tenant are. Imports nothing else of ours."""
