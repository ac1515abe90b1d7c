"""Gemini through google-genai: streamed answers and embeddings. One client per instance, one event loop for all."""
