"""The weekly digest: figures to plain words, one suggestion, and a letter. Pure; figures are handed in."""
