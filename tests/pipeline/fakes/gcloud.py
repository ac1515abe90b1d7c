"""A stand-in for gcloud: the registry, secrets, jobs, and services with their revisions and traffic."""

import json
from pathlib import Path
from typing import Any

from tests.pipeline.fakes.services import described, known, show
from tests.pipeline.fakes.world import Parser, World, fail, serve

PROJECT, REGION = "my-project", "europe-west1"


def parser_of(command: str, *, region: str = "--region") -> Parser:
    """Return a parser of a command in our project and region."""
    parser = Parser(f"gcloud {command}")
    parser.add_argument("--project", required=True, choices=[PROJECT])
    if region:
        parser.add_argument(region, required=True, choices=[REGION])
    return parser


def describe_repository(world: World, arguments: list[str]) -> None:
    """`gcloud artifacts repositories describe NAME`."""
    parser = parser_of("artifacts repositories describe", region="--location")
    parser.add_argument("name", choices=["chatbot"])
    parser.parse_args(arguments)
    if not world.known["registry"]["there"]:
        fail("NOT_FOUND: Requested entity was not found")


def access_secret(world: World, arguments: list[str]) -> None:
    """`gcloud secrets versions access latest --secret=NAME`."""
    parser = parser_of("secrets versions access", region="")
    parser.add_argument("version", choices=["latest"])
    parser.add_argument("--secret", required=True, choices=list(world.known["secrets"]))
    print(world.known["secrets"][parser.parse_args(arguments).secret], end="")


def copy_object(world: World, arguments: list[str]) -> None:
    """`gcloud storage cp gs://... FILE`."""
    parser = parser_of("storage cp", region="")
    parser.add_argument("source", choices=list(world.known["objects"]))
    parser.add_argument("target", type=Path)
    given = parser.parse_args(arguments)
    given.target.write_text(world.known["objects"][given.source])


def execute_job(world: World, arguments: list[str]) -> None:
    """`gcloud run jobs execute NAME --wait`."""
    parser = parser_of("run jobs execute")
    parser.add_argument("name")
    parser.add_argument("--wait", action="store_true")
    given = parser.parse_args(arguments)
    job: dict[str, Any] = world.known["jobs"].get(given.name) or fail(f"Cannot find job [{given.name}]")
    world.known["executions"].append({"job": given.name, "code": job["code"], "waited": given.wait})
    if given.name in world.known["faults"].get("jobs", []) and given.wait:
        fail("The execution failed.")


def list_services(world: World, arguments: list[str]) -> None:
    """`gcloud run services list --format=json`."""
    parser = parser_of("run services list")
    parser.add_argument("--format", required=True, choices=["json"])
    parser.parse_args(arguments)
    print(json.dumps([show(name, service, world.known["base"]) for name, service in world.known["services"].items()]))


def update_traffic(world: World, arguments: list[str]) -> None:
    """`gcloud run services update-traffic NAME`."""
    parser = parser_of("run services update-traffic")
    parser.add_argument("name")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--to-latest", action="store_true")
    where.add_argument("--to-revisions", type=described)
    tags = parser.add_mutually_exclusive_group()
    tags.add_argument("--update-tags", type=described)
    tags.add_argument("--remove-tags")
    parser.add_argument("--quiet", action="store_true", required=True)
    given = parser.parse_args(arguments)
    service = known(world, given.name)
    if given.name in world.known["faults"].get("traffic", []):
        fail("Updating traffic failed")
    if given.remove_tags and service["tags"].pop(given.remove_tags, None) is None:
        fail(f"no such tag: {given.remove_tags}")
    service["tags"].update(given.update_tags or {})
    if given.to_latest:
        service["traffic"] = {"LATEST": 100}
    if given.to_revisions:
        percents = {revision: int(percent) for revision, percent in given.to_revisions.items()}
        if unknown := percents.keys() - service["revisions"].keys():
            fail(f"Revision {unknown} not found")
        if sum(percents.values()) != 100:
            fail(f"these are not 100 percent: {percents}")
        service["traffic"] = percents


def main() -> None:
    """Run the command that was asked for."""
    serve("gcloud", {
        "artifacts repositories describe": describe_repository, "secrets versions access": access_secret,
        "storage cp": copy_object, "run jobs execute": execute_job, "run services list": list_services,
        "run services update-traffic": update_traffic,
    })  # fmt: skip
