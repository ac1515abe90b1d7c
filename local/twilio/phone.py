"""`python -m local.twilio.phone`: calls a number from this terminal, and tells how it was."""

import argparse
import asyncio
import importlib
import sys
from pathlib import Path

from local.twilio.accounts import MAIN, Account
from local.twilio.caller import Caller
from local.twilio.link import LinkError
from local.twilio.network import Network, NumberError
from local.twilio.options import Options
from local.twilio.report import CallReport
from local.twilio.script import HangUp, Listen, Press, Say, Step, Wait
from local.twilio.voices import Babble, Voice
from local.twilio.web import Reach


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m local.twilio.phone", description=__doc__)
    parser.add_argument("to", help="the number to call, such as +14155550199")
    parser.add_argument("steps", nargs="*", help="what to do: words to say, press:12#, wait:3, hangup")
    parser.add_argument("--from", dest="caller", default="+14155550100")
    parser.add_argument("--twilio", default="", help="the REST stand-in: shows the call, knows the number's address")
    parser.add_argument("--webhook", default="", help="the number's address, in place of what the stand-in knows")
    parser.add_argument("--account", default=MAIN.sid)
    parser.add_argument("--token", default=MAIN.token)
    parser.add_argument(
        "--route", action="append", default=[], metavar="PUBLIC=LOCAL", help="how an address is reached"
    )
    parser.add_argument("--voice", default="", metavar="MODULE:NAME", help="a synthesiser: its say(text, rate)")
    parser.add_argument("--calls", type=int, default=1, help="how many callers at once")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument(
        "--patience", type=float, default=30.0, help="seconds to wait at the end for the bot to hang up"
    )
    parser.add_argument("--wav", type=Path, help="where to write the first call: caller left, bot right")
    return parser.parse_args(arguments)


def script(words: list[str]) -> list[Step]:
    """Return the steps that the command line names; the caller listens before it speaks or presses."""
    steps: list[Step] = []
    for word in words:
        kind, _, rest = word.partition(":")
        if word == "hangup":
            steps += [Listen(), HangUp()]
        elif kind == "wait":
            steps.append(Wait(float(rest)))
        elif kind == "press":
            steps += [Listen(), Press(rest)]
        else:
            steps += [Listen(), Say(word)]
    return steps


async def run(options: argparse.Namespace) -> list[CallReport]:
    """Make the calls."""
    routes = dict(item.split("=", 1) for item in options.route)
    voice = _voice(options.voice)
    settings = Options(voice, voice, options.speed, Reach(routes), link=options.twilio)
    account = Account(options.account, options.token)
    async with Network(settings) as network:
        callers = [Caller(_number(options.caller, index), account, network) for index in range(options.calls)]
        calls = (
            caller.call(options.to, options.webhook, script(options.steps), patience_s=options.patience)
            for caller in callers
        )
        return await asyncio.gather(*calls)


def main() -> int:
    """Call, and print."""
    options = parse()
    try:
        reports = asyncio.run(run(options))
    except (LinkError, NumberError) as error:
        print(error, file=sys.stderr)
        return 1
    for report in reports:
        print(report.told())
    if options.wav:
        reports[0].save(options.wav)
    return 0 if all(report.status == "completed" for report in reports) else 1


def _voice(name: str) -> Voice:
    module, _, attribute = name.partition(":")
    made: Voice = getattr(importlib.import_module(module), attribute)() if name else Babble()
    return made


def _number(first: str, index: int) -> str:
    return f"+{int(first.lstrip('+')) + index}"


if __name__ == "__main__":
    sys.exit(main())
