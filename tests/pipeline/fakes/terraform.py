"""A stand-in for terraform: saved plans that go stale, and an apply that makes what terraform/ would, roughly.

It knows the rule of functions that matters here: an update sends all traffic to the new revision.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

from tests.pipeline.fakes.services import add_revision, latest, new_service, split
from tests.pipeline.fakes.world import Parser, World, fail, serve

PREFIX = "chatbot"
NEEDED = {"project_id", "region", "prefix", "profile"}
IMAGE = re.compile(r"[a-z0-9.-]+/[a-z0-9._/-]+@sha256:[0-9a-f]{64}")
TABLE = json.loads((Path(__file__).parents[3] / "terraform/services.json").read_text())


def init(world: World, arguments: list[str]) -> None:
    """`terraform init`."""
    parser = Parser("terraform init")
    parser.add_argument("-input", choices=["false"])
    parser.add_argument("-reconfigure", action="store_true")
    parser.add_argument("-lockfile", choices=["readonly"])
    parser.add_argument("-backend-config", action="append", required=True)
    world.known["state"]["backend"] = dict(pair.split("=", 1) for pair in parser.parse_args(arguments).backend_config)


def plan(world: World, arguments: list[str]) -> None:
    """`terraform plan -out=FILE`."""
    parser = Parser("terraform plan")
    parser.add_argument("-input", choices=["false"], required=True)
    parser.add_argument("-lock-timeout", required=True)
    parser.add_argument("-out", type=Path, required=True)
    parser.add_argument("-var-file", type=Path, action="append", default=[])
    parser.add_argument("-var", action="append", default=[])
    parser.add_argument("-target", choices=["module.registry", "module.jobs"])
    given = parser.parse_args(arguments)
    initialised(world)
    values = dict(line.split(" = ", 1) for file in given.var_file for line in file.read_text().splitlines())
    values.update(pair.split("=", 1) for pair in given.var)
    check(values)
    saved = {"serial": world.known["state"]["serial"], "target": given.target, "image": values.get("image")}
    given.out.write_text(json.dumps(saved))
    print(f"Plan: what {given.target or 'everything'} needs.")


def initialised(world: World) -> None:
    """Fail before `init`."""
    if "backend" not in world.known["state"]:
        fail("Backend initialization required, please run terraform init")


def check(values: dict[str, str]) -> None:
    """Fail as terraform/variables.tf would."""
    if missing := NEEDED - values.keys():
        fail(f"No value for required variable: {missing}")
    if values["profile"] != "dev" and "alert_email" not in values:
        fail("prod and ha need somebody to tell: alert_email.")
    if "image" in values and not IMAGE.fullmatch(values["image"]):
        fail(f"not an image by digest: {values['image']}")
    if values.get("model_access") == '"key"' and "TF_VAR_gemini_api_key" not in os.environ:
        fail("Give gemini_api_key with model_access = key")


def show(world: World, arguments: list[str]) -> None:
    """`terraform show -json PLAN`."""
    parser = Parser("terraform show")
    parser.add_argument("-json", action="store_true", required=True)
    parser.add_argument("plan", type=Path)
    saved = json.loads(parser.parse_args(arguments).plan.read_text())
    changes: list[dict[str, Any]] = [
        {
            "address": "module.jobs[0].google_cloud_run_v2_job.this",
            "type": "google_cloud_run_v2_job",
            "actions": ["update"],
        },
        {"address": "module.storage.source", "type": "google_storage_bucket_object", "actions": ["delete", "create"]},
    ]
    if saved["target"] != "module.registry":
        changes += world.known["faults"].get("changes", [])
    resources = [
        {"address": one["address"], "type": one["type"], "change": {"actions": one["actions"]}} for one in changes
    ]
    print(json.dumps({"format_version": "1.2", "resource_changes": resources}))


def apply(world: World, arguments: list[str]) -> None:
    """`terraform apply PLAN`."""
    parser = Parser("terraform apply")
    parser.add_argument("-input", choices=["false"], required=True)
    parser.add_argument("-lock-timeout", required=True)
    parser.add_argument("plan", type=Path)
    saved = json.loads(parser.parse_args(arguments).plan.read_text())
    if saved["serial"] != world.known["state"]["serial"]:
        fail("Saved plan is stale")
    world.known["state"]["serial"] += 1
    if saved["target"] == "module.registry":
        world.known["registry"]["there"] = True
        return
    if saved["image"] not in world.known["registry"]["images"]:
        fail(f"Image {saved['image']!r} not found.")
    code = world.known["registry"]["images"][saved["image"]]["code"]
    for name in TABLE["jobs"]:
        world.known["jobs"][f"{PREFIX}-{name}"] = {"code": code}
    if saved["target"] is None:
        deploy(world, code)


def deploy(world: World, image_code: str) -> None:
    """Deploy the functions, whose code is the commit's, and the voice service, whose code is the image's."""
    services = world.known["services"]
    for name in (*TABLE["services"], *TABLE["functions"]):
        if name == world.known["faults"].get("apply"):
            fail(f"Error: creating {name}: build failed")
        full = f"{PREFIX}-{name}"
        service = services.setdefault(full, new_service())
        code = image_code if name in TABLE["services"] else world.known["code"]
        changed = not service["revisions"] or service["revisions"][latest(service)] != code
        if name in TABLE["functions"] and (changed or split(service) != {latest(service): 100}):
            add_revision(full, service, code)
            service["traffic"] = {"LATEST": 100}  # whatever was split before
        elif changed:
            add_revision(full, service, code)


def output(world: World, arguments: list[str]) -> None:
    """`terraform output -json urls`."""
    parser = Parser("terraform output")
    parser.add_argument("-json", action="store_true", required=True)
    parser.add_argument("name", choices=["urls"])
    parser.parse_args(arguments)
    initialised(world)
    base = world.known["base"]
    urls = {name: f"{base}/{PREFIX}-{name}" for name in ("chat", "admin", "voice")}
    print(json.dumps({**urls, "media": f"{base.replace('http', 'ws')}/{PREFIX}-voice-service"}))


def in_folder(name: str) -> str:
    """Return the name of a command with the option that every one of ours has."""
    return f"-chdir={Path.cwd()}/terraform {name}"


def main() -> None:
    """Run the command that was asked for."""
    commands = {"init": init, "plan": plan, "show": show, "apply": apply, "output": output}
    serve("terraform", {in_folder(name): command for name, command in commands.items()})
