"""A stand-in for the Gemini REST API: small local embeddings, extractive answers; never a real model."""
