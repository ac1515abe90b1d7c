"""What is raised when no synthesiser is to be had."""


class SpeechUnavailable(Exception):
    """Speech cannot be made here; the text is one sentence that says why and what helps."""
