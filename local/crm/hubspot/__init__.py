"""HubSpot's CRM API as its public description and its error texts have it. Start in `StandIn`.

Paths /crm/v3/..., /crm/v4/... (associations), their dated forms with 2026-03, /oauth/{v1,v3,2026-03}/token. Accepted:
`Authorization: Bearer pat-local` (a private app), or a token for client hs-client, hs-secret and refresh token
hs-refresh. Contacts, deals, notes and custom objects live in one account, 46962361. Switches in `settings.extra`:
    missing_scopes       scopes the app was not given, such as ["crm.objects.deals.write"]
    objects              names of custom objects, such as ["2-123"]; without it there is p_pets
    expire_static        true: /_expire ends the private app's token too
    anonymous_conflict   true: a 409 does not say which contact is there
    patch_conflict       409: changing an address to that of another contact answers so; HubSpot's own way is 400
    multi_status         true: batches answer 207 to errors although their inputs carry no objectWriteTraceId
    rotate_refresh       true: each refresh token is good once, and the answer holds the next
    limit_10s, search_1s how many calls are taken in ten seconds, and searches in one; without them any number
    retry_after_s        the header of a 429, 1 unless set; null leaves it out, as HubSpot often does
"""

from local.crm.hubspot.standin import StandIn

__all__ = ["StandIn"]
