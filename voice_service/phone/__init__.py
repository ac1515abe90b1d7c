"""Twilio's side of a call: its messages and its signature. Knows nothing of the model."""
