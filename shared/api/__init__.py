"""The public HTTP APIs: routes and handlers that translate between HTTP and what the platform does."""
