"""Finding passages by words and by meaning: terms, BM25, fusion, follow-ups, evidence. Pure; it stores nothing."""
