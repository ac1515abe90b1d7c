"""A small company's own customer API: no CRM, but what many companies have. Start in `StandIn`.

Calls are authorised by any of: `Authorization: Bearer shop-key`, `X-Api-Key: shop-key`, Basic shop/secret, a token of
/token (shop-client/shop-secret), or `X-Timestamp` and `X-Signature` (secret shop-signing). /openapi.json describes the
API to everybody. Switches in `settings.extra`:
    duplicates    true: a second customer with the same e-mail address is made instead of refused with 409
    keys          false: an Idempotency-Key means nothing
    properties    {name: type}: further properties of customers (string, number, boolean, datetime)
    silent        true: a 409 does not say which record is there
"""

from local.crm.shop.api import StandIn

__all__ = ["StandIn"]
