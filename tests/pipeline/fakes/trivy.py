"""A stand-in for trivy: an image file "has" the vulnerabilities that docker's stand-in wrote into it."""

import datetime as dt
import json
from pathlib import Path

import yaml

from tests.pipeline.fakes.world import Parser, World, fail, serve


def image(_world: World, arguments: list[str]) -> None:
    """`trivy image --input FILE ...`."""
    parser = Parser("trivy image")
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--scanners", required=True, choices=["vuln"])
    parser.add_argument("--severity", default="UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL")
    parser.add_argument("--ignorefile", type=Path, required=True)
    parser.add_argument("--exit-code", type=int, default=0)
    for flag in ("--ignore-unfixed", "--show-suppressed", "--no-progress"):
        parser.add_argument(flag, action="store_true")
    given = parser.parse_args(arguments)
    ignored = {
        entry["id"]
        for entry in yaml.safe_load(given.ignorefile.read_text())["vulnerabilities"]
        if entry.get("expired_at", dt.date.max) > dt.datetime.now(dt.UTC).date()
    }
    found = [
        vulnerability["id"]
        for vulnerability in json.loads(given.input.read_text())["vulnerabilities"]
        if vulnerability["severity"] in given.severity.split(",")
        and (vulnerability["fixed"] or not given.ignore_unfixed)
        and vulnerability["id"] not in ignored
    ]
    if found and given.exit_code:
        fail(f"vulnerabilities: {', '.join(found)}", given.exit_code)


def main() -> None:
    """Run the command that was asked for."""
    serve("trivy", {"image": image})
