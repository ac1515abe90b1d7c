"""Brings everything sealed under the newest platform key: `python -m shared.jobs.rotate_secrets`. Safe to repeat.

To rotate: put a new key in front of SECRETS_KEY, deploy every function with both, run this, then drop the old key and
deploy again. Dropping it before this has run loses what was sealed under it: owners would enter their credentials anew,
and past conversations could not be read any more.
DATABASE_URL is the admin function's: chat's login does not see every business.
"""

import argparse
import sys

from shared.adapters.postgres.journal import PURPOSE
from shared.adapters.postgres.rotation import SealedTurns
from shared.config import ConfigError, Settings
from shared.domain.errors import PlatformError
from shared.wiring import Wiring


def main() -> int:
    """Rotate with the keys and the database of the environment."""
    argparse.ArgumentParser(
        prog="python -m shared.jobs.rotate_secrets",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    try:
        wiring = Wiring(Settings.read(("database", "secrets_key")), "rotate")
        turns = SealedTurns(wiring.database, wiring.vault, PURPOSE)
        done = [store.rotate() for store in (wiring.crm_credentials, wiring.lines, turns)]
    except (ConfigError, PlatformError) as error:
        sys.exit(str(error))
    print(f"{sum(one.rewrapped for one in done)} sealed values brought under the newest key")  # noqa: T201
    lost = sorted({business_id for one in done for business_id in one.unreadable})
    if lost:
        names = ", ".join(lost)
        problem = f"No key in SECRETS_KEY opens what these businesses have sealed: {names}."
        sys.exit(f"{problem} Enter credentials again; conversations stay shut until the key is found.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
