"""What a message means: intents, sentiment. Pure: only shared.domain is known here."""
