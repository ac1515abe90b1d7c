"""A stand-in for the Gemini Live API: the true protocol over TLS, on the port of the REST stand-in."""
