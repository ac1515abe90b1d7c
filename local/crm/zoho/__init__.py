"""Zoho CRM as the documentation of its API version 8 describes it: contacts, leads, deals, notes and the module Pets.

Calls carry `Authorization: Zoho-oauthtoken ...`; tokens come from /oauth/v2/token for the client zo-client/zo-secret
and the refresh token zo-refresh. Errors of single records come in the list of answers: 207 when some records went
well, 400 when none did. Stricter than Zoho: unknown fields and options of a choice are refused, which it may ignore
or take. Besides Zoho's own fields there are Chatbot_Ref (no duplicates; contacts, leads, deals and pets), and on
contacts and leads Budget (double), Start_Date (date), Newsletter (boolean), Interest (bikes, repairs, rental).
Switches in `settings.extra`:
    data_centre     "eu": the account lives there, so its sign-in and its API know no token of here
    missing_scopes  ["ZohoCRM.settings.fields.ALL", "ZohoCRM.modules.deals.ALL", ...]: what the token was not given
    soft_errors     true: single records' errors come with 202
    page            n: pages are no longer than this, whatever is asked for
    not_admin       true: the list of all notes is refused
    limit_min       n: so many calls in a minute, then 429
    tokens          n: so many access tokens are given, then none for a while
    no_ref          true: there is no field Chatbot_Ref
    unique_phone    true: Phone allows no duplicates
    closing_date    true: deals need a Closing_Date
    locked          true: records cannot be changed (RECORD_LOCKED)
"""

from local.crm.zoho.api import StandIn

__all__ = ["StandIn"]
