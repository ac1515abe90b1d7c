"""The turn. `answer.py` reads top to bottom; `stages/` holds one stage a file; `prompt.py` the words for the model."""
