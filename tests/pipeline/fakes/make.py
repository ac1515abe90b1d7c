"""A stand-in for make: the targets that the pipeline asks for."""

from tests.pipeline.fakes.world import Parser, World, fail, serve


def build(world: World, arguments: list[str]) -> None:
    """`make -C FOLDER TARGET`."""
    parser = Parser("make")
    parser.add_argument("-C", dest="folder", required=True)
    parser.add_argument("target", choices=["setup", "lint", "test"])
    target = parser.parse_args(arguments).target
    if target != "setup" and "setup" not in world.known["made"]:
        fail("two steps install at the same time")
    if target in world.known["faults"].get("make", []):
        fail(f"make: *** [Makefile: {target}] Error 1", 2)
    world.known["made"].append(target)


def main() -> None:
    """Run the command that was asked for."""
    serve("make", {"": build})
