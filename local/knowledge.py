"""Builds a business's knowledge and shows how it goes: `python -m local.knowledge BUSINESS`.

Of the platform that `make run` has started, or with --url and ADMIN_API_KEY of any other one.
"""

import argparse
import datetime as dt
import os
import sys
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import httpx2

from local.following import ENDED, follow, report
from local.run import DATA, Progress, admin_key
from local.seed import Admin, SeedError
from local.stack.ports import DEFAULT_BASE, Ports
from shared.domain.refresh import Refresh


def main(arguments: list[str] | None = None) -> int:
    """Start a build, or follow the one under way; 0 when the knowledge is up to date afterwards."""
    options = _options(arguments)
    admin = Admin(options.url, os.environ.get("ADMIN_API_KEY") or admin_key(DATA))
    path = f"/v1/businesses/{options.business}"
    tell = Progress()
    try:
        build = _build(admin, path, options)
        state = follow(admin.call, path, build["id"], tell)
        tell.done(f"knowledge: {state['status']}")
        for line in (*report(admin.call, path, state), *_schedule(admin, path, options.business)):
            print(line)
    except KeyboardInterrupt:
        tell.done("the build goes on: --watch follows it, --cancel stops it")
        return 130
    except (SeedError, httpx2.TransportError) as error:
        tell.done(str(error) or type(error).__name__)
        return 1
    finally:
        admin.close()
    return 0 if state["status"] == "succeeded" and state.get("publish") != "blocked" else 1


def _build(admin: Admin, path: str, options: argparse.Namespace) -> dict[str, Any]:
    """Return the build to follow: the one under way, else the newest or a new one."""
    newest: list[dict[str, Any]] = admin.call("GET", f"{path}/knowledge/builds?limit=1")["items"]
    active = bool(newest) and newest[0]["status"] not in ENDED
    if options.cancel:
        if not active:
            raise SeedError("There is no build to cancel.")
        cancelled: dict[str, Any] = admin.call("POST", f"{path}/knowledge/builds/{newest[0]['id']}/cancel")
        return cancelled
    if active or (options.watch and newest):
        return newest[0]
    if options.watch:
        raise SeedError("There is no build to watch yet.")
    started: dict[str, Any] = admin.call("POST", f"{path}/knowledge/builds")
    return started


def _schedule(admin: Admin, path: str, business_id: str) -> Iterator[str]:
    config = admin.call("GET", path)
    knowledge, zone = config["knowledge"], config["opening_hours"]["time_zone"]
    refresh = Refresh.of(knowledge.get("refresh", "never"), knowledge.get("refresh_hour"), zone)
    if refresh:
        at = refresh.next(business_id, dt.datetime.now(dt.UTC)).astimezone(ZoneInfo(zone))
        yield f"next by schedule: {at:%A %d %B, %H:%M} ({zone})"


def _options(arguments: list[str] | None) -> argparse.Namespace:
    base = os.environ.get("PORT_BASE", "")
    local = f"http://127.0.0.1:{Ports.from_base(int(base) if base.isdigit() else DEFAULT_BASE).admin}"
    parser = argparse.ArgumentParser(
        prog="python -m local.knowledge", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("business", help="id of the business")
    parser.add_argument("--url", default=local, help=f"address of the admin function (default {local})")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--watch", action="store_true", help="start none: follow the newest build")
    instead.add_argument("--cancel", action="store_true", help="cancel the build under way")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
