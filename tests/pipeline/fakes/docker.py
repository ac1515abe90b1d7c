"""A stand-in for docker: builders, images with labels, files of images, and a registry that gives digests."""

import hashlib
import json
import re
from pathlib import Path

from tests.pipeline.fakes.world import Parser, World, fail, serve

DIGESTS = "{{range .RepoDigests}}{{println .}}{{end}}"


def inspect_builder(world: World, arguments: list[str]) -> None:
    """`docker buildx inspect NAME`."""
    if arguments[0] not in world.known["builders"]:
        fail(f"no builder {arguments[0]!r} found")


def create_builder(world: World, arguments: list[str]) -> None:
    """`docker buildx create`."""
    parser = Parser("docker buildx create")
    parser.add_argument("--name", required=True)
    parser.add_argument("--driver", required=True, choices=["docker-container"])
    parser.add_argument("--driver-opt", required=True)
    world.known["builders"].append(parser.parse_args(arguments).name)


def build(world: World, arguments: list[str]) -> None:
    """`docker buildx build`: an image of the commit that is checked out."""
    parser = Parser("docker buildx build")
    for option in ("--builder", "--platform", "--provenance"):
        parser.add_argument(option, required=True)
    for option in ("--cache-from", "--cache-to", "--tag"):
        parser.add_argument(option)
    parser.add_argument("--build-arg", action="append", default=[])
    parser.add_argument("--load", action="store_true")
    parser.add_argument("context", type=Path)
    given = parser.parse_args(arguments)
    inspect_builder(world, [given.builder])
    declared = re.findall(r"^ARG (\w+)", (given.context / "Dockerfile").read_text(), re.MULTILINE)
    values = dict(value.split("=", 1) for value in given.build_arg)
    if unknown := values.keys() - set(declared):
        fail(f"[Warning] build-args {unknown} were not consumed")
    if given.cache_to:
        in_repository(world)
        world.known["registry"]["caches"].append(given.cache_to)
    if given.load:
        image = {"revision": values.get("REVISION", "unknown"), "code": world.known["code"], "digests": []}
        world.known["images"][given.tag] = image


def in_repository(world: World) -> None:
    """Fail when there is no registry yet."""
    if not world.known["registry"]["there"]:
        fail("name unknown: Repository not found")


def local(world: World, name: str) -> dict[str, object]:
    """Return an image of the daemon's."""
    image: dict[str, object] | None = world.known["images"].get(name)
    return image or fail(f"No such image: {name}")


def save(world: World, arguments: list[str]) -> None:
    """`docker save --output FILE IMAGE`."""
    parser = Parser("docker save")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("image")
    given = parser.parse_args(arguments)
    found = world.known["faults"].get("vulnerabilities", [])
    given.output.write_text(json.dumps({**local(world, given.image), "vulnerabilities": found}))


def push(world: World, arguments: list[str]) -> None:
    """`docker push IMAGE`."""
    (name,) = arguments
    image = local(world, name)
    in_repository(world)
    digest = "sha256:" + hashlib.sha256(str(image["code"]).encode()).hexdigest()
    repository = name.rpartition(":")[0]
    image["digests"] = [f"elsewhere.example/platform@{digest}", f"{repository}@{digest}"]
    world.known["registry"]["images"][f"{repository}@{digest}"] = {"tag": name, "code": image["code"]}


def inspect_image(world: World, arguments: list[str]) -> None:
    """`docker image inspect --format TEMPLATE IMAGE`."""
    parser = Parser("docker image inspect")
    parser.add_argument("--format", required=True, choices=[DIGESTS])
    parser.add_argument("image")
    for digest in local(world, parser.parse_args(arguments).image)["digests"]:  # type: ignore[attr-defined]
        print(digest)


def main() -> None:
    """Run the command that was asked for."""
    serve("docker", {
        "buildx inspect": inspect_builder, "buildx create": create_builder, "buildx build": build,
        "save": save, "push": push, "image inspect": inspect_image,
    })  # fmt: skip
