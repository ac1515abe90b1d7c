"""Questions with the pages that answer them: the format, the sets kept here, and what is measured on them."""


def main(arguments: list[str]) -> int:
    """Ask the running platform a business's golden questions."""
    from local.evals.golden.ask import main as ask

    return ask(arguments)
