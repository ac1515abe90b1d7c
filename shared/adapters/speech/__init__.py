"""Speech for callers: text to MP3 through the Edge endpoint, kept in the bucket. Knows nothing of calls."""
