"""The knowledge index: FAISS vectors and chunk texts in object storage, loaded per tenant."""
