"""What visitors of the tests say of themselves, and where it stands in logs: nowhere. Holds no tests."""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

# Details that tests of the functions really use; each is so unlike anything else that finding it means a leak.
SEEDED = (
    "zsofia.quillfeather", "Zsofia Quillfeather", "+447911982374", "7911982374", "17 Heliotrope Crescent",
    "velocipede squeaks", "balthazar.oxenstierna", "ana@x.example", "ana.lopez@acme-mail.com", "Ana Lopez",
    "+447700900123", "My email is", "My name is",
)  # fmt: skip


def leaks(logs: Path, values: Iterable[str] = SEEDED) -> list[str]:
    """Return the lines of all log files below a folder that hold a value: as it is, or as it stands in an address."""
    forms = {form.lower() for value in values for form in (value, quote(value), quote(value, safe=""))}
    found = []
    for path in sorted(logs.glob("*.log")):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            small = line.lower()
            found += [f"{path.name}:{number}: {form} in {line[:300]}" for form in forms if form in small]
    return found
