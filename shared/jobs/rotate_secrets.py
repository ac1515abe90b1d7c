"""Brings everything sealed under the newest platform key: `python -m shared.jobs.rotate_secrets`. Safe to repeat.

To rotate: put a new key behind the old one in SECRETS_KEY and deploy, so that every instance opens what it will seal;
then in front, and deploy; run this; then drop the old key and deploy again. Dropping it before this has run loses what
was sealed under it: owners would enter their credentials anew, and nobody could read past conversations and leads.
With SEAL_AT_REST visitors' personal data that are still in clear are sealed too; docs/upgrades.md says when to set it.
DATABASE_URL is the admin function's: chat's login does not see every business.
"""

import argparse
import sys

from shared.adapters.postgres.journal import PURPOSE
from shared.adapters.postgres.personal import Sealing
from shared.adapters.postgres.resealing import Resealing
from shared.adapters.postgres.rotation import SealedTurns
from shared.adapters.postgres.sealed_gaps import GAP_PURPOSE
from shared.config import ConfigError, Settings
from shared.domain.errors import PlatformError
from shared.wiring import Wiring


def main() -> int:
    """Rotate with the keys and the database of the environment."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.jobs.rotate_secrets",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--open", action="store_true",
        help="write visitors' personal data in clear, before going back to a release that reads nothing else",
    )  # fmt: skip
    options = parser.parse_args()
    try:
        wiring = Wiring(Settings.read(("database", "secrets_key")), "rotate")
        if options.open and wiring.settings.seal_at_rest:
            sys.exit("SEAL_AT_REST is set: what is opened would be sealed again. Unset it everywhere first.")
        turns = SealedTurns(wiring.database, wiring.vault, PURPOSE)
        gaps = SealedTurns(wiring.database, wiring.vault, GAP_PURPOSE, "gaps")
        done = [store.rotate() for store in (wiring.crm_credentials, wiring.lines, turns, gaps)]
        done.append(_personal(wiring, clear=options.open).rotate(_tell))
    except (ConfigError, PlatformError) as error:
        sys.exit(str(error))
    print(f"{sum(one.rewrapped for one in done)} sealed values brought {_under(clear=options.open)}")  # noqa: T201
    lost = sorted({business_id for one in done for business_id in one.unreadable})
    if lost:
        names = ", ".join(lost)
        problem = f"No key in SECRETS_KEY opens what these businesses have sealed: {names}."
        sys.exit(f"{problem} Enter credentials again; conversations stay shut until the key is found.")
    return 0


def _personal(wiring: Wiring, *, clear: bool) -> Resealing:
    on = wiring.settings.seal_at_rest
    return Resealing(wiring.database, Sealing(wiring.vault, on=not clear), clear_too=on)


def _tell(table: str, brought: int) -> None:
    print(f"{table}: {brought} rows", flush=True)  # noqa: T201


def _under(*, clear: bool) -> str:
    return "under the newest key, or into clear" if clear else "under the newest key"


if __name__ == "__main__":
    sys.exit(main())
