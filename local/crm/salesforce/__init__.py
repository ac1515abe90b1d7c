"""Salesforce as its REST API guide describes it: records, queries, searches, composite calls, sign-in.

Tokens: the client credentials flow for `sf-client`/`sf-secret` (HTTP Basic), the JWT bearer flow for `sf-client` and
`bot@example.com`. Objects: Contact, Lead, Account, Opportunity, OpportunityContactRole, Task and the custom Pet__c;
schema.py has their fields. A contact's budget must not be negative (a validation rule). `Legacy_Id__c` is an external
id that is not unique, so an upsert by it can meet several records (300).
Switches in `settings.extra`:
    jwt_public_key      PEM: whose assertions are accepted
    wrong_domain        true: this is a login host, which refuses the client credentials flow
    duplicate_rule      true: a new contact or lead with an address or number that is taken is refused with the matches,
                        unless the call says allowSave=true; "block": always refused
    duplicate_key       the name under which the matches stand, such as "duplicateResut" in older versions
    upsert_without_body true: an upsert that updates is answered 204, as before version 46
    hidden_objects      ["Task"]: what the integration's user cannot see
    read_only_objects   ["Task"]: what it may read only
    without_ref_field   ["Opportunity"]: objects on which Chatbot_Ref__c was not made
    api_calls           n: how many calls a day may have, then 403
"""

from local.crm.salesforce.standin import StandIn

__all__ = ["StandIn"]
