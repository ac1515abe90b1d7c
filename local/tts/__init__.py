"""A stand-in for Edge's speech endpoint: its websocket protocol and list of voices, with real MP3. Never product."""
