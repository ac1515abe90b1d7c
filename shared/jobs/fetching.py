"""How a crawl fetches: through the egress client, and without leaving a site."""

from collections.abc import Mapping

from shared.adapters.egress import EgressClient, EgressRefused, Fetched, FetchFailed
from shared.ingestion.addresses import normalised, site_of
from shared.ingestion.fetch import Fetch, Refusal

DEADLINE_S = 30.0


def fetch_within_site(egress: EgressClient, deadline_s: float = DEADLINE_S) -> Fetch:
    """Return a fetch that follows redirects only inside the site that is asked.

    Args:
        egress: what may be reached at all.
        deadline_s: for one page, redirects included.
    """

    def fetch(url: str, max_bytes: int, unless: Mapping[str, str]) -> Fetched:
        site = site_of(normalised(url))
        try:
            return egress.get(
                url,
                max_bytes=max_bytes,
                deadline_s=deadline_s,
                may_redirect=lambda to: site_of(normalised(to)) == site,
                unless=unless,
            )
        except (EgressRefused, FetchFailed) as error:
            raise Refusal(str(error), unreachable=isinstance(error, FetchFailed)) from None

    return fetch
