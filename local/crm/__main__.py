"""`python -m local.crm`: serves the stand-ins until it is stopped."""

import argparse

from local.crm.app import VENDORS, create_app


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m local.crm", description="Stand-ins for CRMs, over real HTTP.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--only", choices=VENDORS, help="serve this one alone, at the root, as its real host does")
    parser.add_argument("--speech", choices=("tones", "real"), default="tones", help="the voice of the speech endpoint")
    parser.add_argument("--certificate", help="serve HTTPS with this PEM file (certificate and key)")
    return parser.parse_args(arguments)


def main() -> None:
    """Runs the server."""
    options = parse()
    import uvicorn

    uvicorn.run(
        create_app([options.only] if options.only else VENDORS, at_root=bool(options.only), speech=options.speech),
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        ssl_certfile=options.certificate,
        # Longer than clients keep idle connections, or they would write into closed ones.
        timeout_keep_alive=75,
        # A request that hangs on purpose must not hold up the end.
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
