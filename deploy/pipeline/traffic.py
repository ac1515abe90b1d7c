"""Says what to change in the traffic of the services; traffic.sh changes it. Reads files, never the cloud.

Its lines are `SERVICE OPTIONS...` for `gcloud run services update-traffic`. In the folder are now.json (what
`gcloud run services list --format=json` said), before.json (what `record` printed) and urls.json (Terraform's output).
"""  # noqa: INP001 - scripts of a deployment, not a package

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TAG = "canary"
# Terraform's name of an address, where it is not the process' name.
PROCESSES = {"media": "voice-service"}


@dataclass(frozen=True)
class Service:
    """A service's traffic: percent by revision, its newest revision, and the address of the canary's tag, if any."""

    split: dict[str, int]
    latest: str
    follows_latest: bool
    tag_url: str

    @classmethod
    def read(cls, found: dict[str, Any]) -> "Service":
        """Take it from what gcloud prints of a service."""
        status = found.get("status", {})
        split: dict[str, int] = {}
        for target in status.get("traffic", []):
            if target.get("percent"):
                split[target["revisionName"]] = split.get(target["revisionName"], 0) + target["percent"]
        wanted = [target for target in found["spec"].get("traffic", []) if target.get("percent")]
        urls = [target.get("url", "") for target in status.get("traffic", []) if target.get("tag") == TAG]
        follows = all(target.get("latestRevision") for target in wanted)
        return cls(split, status.get("latestReadyRevisionName", ""), follows, urls[0] if urls else "")

    @property
    def without_tag(self) -> str:
        """Return the option that takes the canary's tag away; a tagged revision is kept warm and paid for."""
        return f" --remove-tags={TAG}" if self.tag_url else ""


Splits = dict[str, dict[str, int]]


def option(split: dict[str, int]) -> str:
    """Return a split as gcloud's option."""
    return "--to-revisions=" + ",".join(f"{revision}={percent}" for revision, percent in split.items())


def to_latest(now: dict[str, Service]) -> Iterator[str]:
    """Yield what sends all traffic to the newest revisions, those to come as well."""
    for name, service in now.items():
        if service.latest and not (service.follows_latest and not service.tag_url):
            yield f"{name} --to-latest{service.without_tag}"


def to_canary(now: dict[str, Service], before: Splits, percent: int) -> Iterator[str]:
    """Yield what sends `percent` to revisions that are new since `before`, and the rest to what served most."""
    for name, service in now.items():
        old = before.get(name, {})
        if not old or service.latest in old:
            continue
        most = max(old, key=lambda revision: old[revision])
        yield f"{name} {option({service.latest: percent, most: 100 - percent})} --update-tags={TAG}={service.latest}"


def back(now: dict[str, Service], before: Splits) -> Iterator[str]:
    """Yield what brings the splits of `before` back; what still serves as before is left alone."""
    for name, split in before.items():
        service = now.get(name)
        if service is None:
            yield f"{name} {option(split)}"  # it is gone: gcloud's error is to be seen
        elif service.split != split:
            yield f"{name} {option(split)}{service.without_tag}"


def addresses(now: dict[str, Service], urls: dict[str, str], prefix: str, percent: int) -> Iterator[str]:
    """Yield `NAME ADDRESS`; in a canary the new revision's own one, where there is a new revision."""
    for name, url in urls.items():
        service = now.get(f"{prefix}-{PROCESSES.get(name, name)}")
        tagged = service.tag_url if service and percent else ""
        public = "http" + url.removeprefix("ws") if url.startswith("ws") else url
        yield f"{name} {tagged or public}"


@dataclass(frozen=True)
class Folder:
    """The files that the steps leave, and the table of what runs."""

    path: Path
    table: dict[str, Any]
    prefix: str

    def read(self, name: str) -> Any:  # noqa: ANN401 - JSON of several shapes
        """Return a file's JSON."""
        return json.loads((self.path / name).read_text())

    def now(self) -> dict[str, Service]:
        """Return our services that are there, by name; others of the project are none of ours."""
        ours = {f"{self.prefix}-{name}" for name in (*self.table["functions"], *self.table["services"])}
        found = {each["metadata"]["name"]: each for each in self.read("now.json")}
        return {name: Service.read(found[name]) for name in sorted(ours & found.keys())}

    def held(self) -> Splits:
        """Return the splits of those whose traffic Terraform leaves alone."""
        names = {f"{self.prefix}-{name}" for name in self.table["services"]}
        return {name: split for name, split in self.read("before.json").items() if name in names}


def lines(folder: Folder, command: str, percent: int) -> Iterator[str]:
    """Yield what a command prints."""
    match command:
        case "record":
            splits = {name: service.split for name, service in folder.now().items() if service.split}
            yield json.dumps(splits, indent=1)
        case "show":
            recorded = [f"{name} {option(split)}" for name, split in folder.read("before.json").items()]
            yield from recorded or ["nothing serves yet: this is the first deployment"]
        case "names":
            yield from folder.read("before.json")
        case "hold":
            yield from (f"{name} {option(split)}" for name, split in folder.held().items())
        case "latest":
            yield from to_latest(folder.now())
        case "canary":
            yield from to_canary(folder.now(), folder.read("before.json"), percent)
        case "back":
            yield from back(folder.now(), folder.read("before.json"))
        case "addresses":
            yield from addresses(folder.now(), folder.read("urls.json"), folder.prefix, percent)


def main() -> int:
    """Read the arguments, and print the lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = ("record", "show", "names", "hold", "latest", "canary", "back", "addresses")
    parser.add_argument("command", choices=commands)
    parser.add_argument("--percent", type=int, default=0, help="the canary's part")
    parser.add_argument("--prefix", required=True, help="begins every service's name")
    parser.add_argument("--table", type=Path, required=True, help="terraform/services.json")
    parser.add_argument("--folder", type=Path, required=True, help="where now.json, before.json and urls.json are")
    given = parser.parse_args()
    folder = Folder(given.folder, json.loads(given.table.read_text()), given.prefix)
    for line in lines(folder, given.command, given.percent):
        print(line)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
