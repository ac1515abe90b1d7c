"""Gemini Live: google-genai opens and configures a session, frames go lean over its socket."""
