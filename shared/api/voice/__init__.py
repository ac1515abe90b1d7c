"""The voice function: what Twilio asks about a phone call, answered in TwiML."""
