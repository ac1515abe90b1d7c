"""The options of the command lines that serve Live. It must import nothing heavy."""

import argparse

SPEECH = ("tones", "real", "canned")


def add_options(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """Adds --cert and --speech."""
    parser.add_argument(
        "--cert",
        metavar="FILE",
        required=required,
        help="serve the Live API over TLS on the same port with this certificate, made if it is not there; "
        "clients trust it by SSL_CERT_FILE=FILE",
    )
    parser.add_argument(
        "--speech",
        choices=SPEECH,
        default=SPEECH[0],
        help="Live's voice and ears: tones that carry their text, real speech, or a canned tone for load "
        "(default: %(default)s)",
    )
