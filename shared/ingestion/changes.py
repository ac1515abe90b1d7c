"""What changed since the build that is served: pages added, changed, gone and unchanged. Pure."""

from collections.abc import Iterable, Mapping

from shared.domain.pages import KnownPage

MAX_SAMPLES = 20
KINDS = ("added", "changed", "gone", "unchanged")

Changes = dict[str, object]


def changes(served: Mapping[tuple[str, str], str], pages: Iterable[KnownPage]) -> Changes:
    """Return the count of each kind, and under `samples` some addresses of each but the unchanged.

    Args:
        served: digest of each page that is served, by source and address.
        pages: of this build; those without a digest are not indexed.
    """
    now = {(page.source_id, page.url): page.digest for page in pages if page.digest}
    kinds: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for key, digest in now.items():
        kind = "added" if key not in served else "unchanged" if served[key] == digest else "changed"
        kinds[kind].append(key[1])
    kinds["gone"] = [url for source_id, url in served if (source_id, url) not in now]
    samples = {kind: urls[:MAX_SAMPLES] for kind, urls in kinds.items() if kind != "unchanged"}
    return {**{kind: len(urls) for kind, urls in kinds.items()}, "samples": samples}
