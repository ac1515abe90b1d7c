"""From bytes to text: UTF-8 with or without its mark, else the code page that old Windows programs write."""


def decoded(data: bytes) -> str:
    """Return the text of a file, line ends as newlines."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")
