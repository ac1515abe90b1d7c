"""Pipedrive as its documentation describes it: API v2 for persons and deals, v1 for notes, fields and users.

Calls are authorised by `x-api-token: pd-token`, or by a Bearer token of /oauth/token (pd-client/pd-secret, refresh
token pd-refresh; each use gives a new refresh token and the old one is refused). Persons have the custom fields Budget
(double), Start date (date), Newsletter (enum Yes/No) and Interest (enum bikes/repairs/rental) from the start; a
field's key is the sha1 of its name, of "deal <name>" for a deal's. Pipelines: 1 with the stages 1-3, 2 with 4-5.
Switches in `settings.extra`:
    missing_scopes  ["deals:full"]: what the app (OAuth) was not given
    not_admin       true: the user may not make fields
    trial_over      true: every call is answered 402
    limits          true: 20 calls in 2 s and 10 searches in 2 s, then 429
    daily_calls     n: so many calls, then 429 for the day
    page            n: pages are no longer than this, whatever is asked for
"""

from local.crm.pipedrive.api import StandIn

__all__ = ["StandIn"]
