"""The account's objects and their fields, and how they describe themselves."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from local.crm.vendor import Json

REF_FIELD = "Chatbot_Ref__c"


@dataclass(frozen=True)
class Field:
    """One field. `inactive` are choices that were taken out; `default` is what a new record gets."""

    name: str
    label: str = ""
    type: str = "string"
    length: int = 255
    required: bool = False
    unique: bool = False
    external: bool = False
    options: tuple[str, ...] = ()
    inactive: tuple[str, ...] = ()
    restricted: bool = False
    to: tuple[str, ...] = ()
    read_only: bool = False
    default: object = None

    def describe(self) -> Json:
        """The field as `describe` shows it."""
        choices = [(name, True) for name in self.options] + [(name, False) for name in self.inactive]
        values = [
            {"active": active, "defaultValue": name == self.default, "label": name, "validFor": None, "value": name}
            for name, active in choices
        ]
        return {
            "name": self.name, "label": self.label or self.name, "type": self.type, "length": self.length,
            "createable": not self.read_only, "updateable": not self.read_only,
            "nillable": not self.required and self.type != "boolean", "defaultedOnCreate": self.default is not None,
            "externalId": self.external, "unique": self.unique, "custom": self.name.endswith("__c"),
            "filterable": self.type != "textarea", "sortable": self.type != "textarea", "calculated": False,
            "referenceTo": list(self.to), "restrictedPicklist": self.restricted, "picklistValues": values,
        }  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """One object; its fields by their names in small letters, for Salesforce does not mind capitals."""

    name: str
    prefix: str
    fields: dict[str, Field] = field(default_factory=dict)

    def find(self, name: str) -> Field | None:
        """The field of this name."""
        return self.fields.get(name.lower())

    def describe(self, *, writable: bool) -> Json:
        """The object as `describe` shows it."""
        return {
            **self.summary(writable=writable),
            "fields": [item.describe() for item in self.fields.values()],
            "childRelationships": [],
            "recordTypeInfos": [],
        }

    def summary(self, *, writable: bool) -> Json:
        """The object as the list of objects shows it."""
        return {
            "name": self.name, "label": self.name.removesuffix("__c"), "keyPrefix": self.prefix,
            "createable": writable, "updateable": writable, "deletable": writable, "queryable": True,
            "searchable": True, "custom": self.name.endswith("__c"),
        }  # fmt: skip


def without(kind: Kind, name: str) -> Kind:
    """The object without one field."""
    return Kind(kind.name, kind.prefix, {key: item for key, item in kind.fields.items() if item.name != name})


def _kind(name: str, prefix: str, fields: Iterable[Field]) -> Kind:
    own = [Field("Id", "Record ID", "id", 18, read_only=True, default="")]
    times = [Field(when, when, "datetime", read_only=True, default="") for when in ("CreatedDate", "LastModifiedDate")]
    return Kind(name, prefix, {item.name.lower(): item for item in (*own, *fields, *times)})


_REF = Field(REF_FIELD, "Chatbot Ref", length=80, unique=True, external=True)
_DESCRIPTION = Field("Description", "Description", "textarea", 32_000)
_INTEREST = Field(
    "Interest__c", "Interest", "picklist", options=("Bikes", "Repairs", "Rental"), inactive=("Skis",), restricted=True
)
_PERSON = (
    Field("LastName", "Last Name", length=80, required=True),
    Field("FirstName", "First Name", length=40),
    Field("Name", "Full Name", length=121, read_only=True),
    Field("Email", "Email", "email", 80),
    Field("Phone", "Phone", "phone", 40),
    Field("MobilePhone", "Mobile", "phone", 40),
    Field("Title", "Title", length=128),
    _DESCRIPTION,
    Field("Budget__c", "Budget", "double"),
    Field("Start_Date__c", "Start Date", "date"),
    Field("Callback_At__c", "Callback At", "datetime"),
    Field("Newsletter__c", "Newsletter", "boolean", default=False),
    _INTEREST,
    Field("Website_User__c", "Website User", length=80),
    Field("Legacy_Id__c", "Legacy Id", length=40, external=True),
    Field("Customer_No__c", "Customer No", length=20, unique=True),
    _REF,
)

KINDS = {
    kind.name: kind
    for kind in (
        _kind("Contact", "003", (*_PERSON, Field("AccountId", "Account ID", "reference", 18, to=("Account",)))),
        _kind(
            "Lead",
            "00Q",
            (
                *_PERSON,
                Field("Company", "Company", required=True),
                Field("Status", "Lead Status", "picklist", options=("New", "Working"), default="New"),
                Field("IsConverted", "Converted", "boolean", read_only=True, default=False),
            ),
        ),
        _kind("Account", "001", (Field("Name", "Account Name", required=True), Field("Phone", "Phone", "phone", 40))),
        _kind("RecordType", "012", (Field("Name", "Name", length=80, required=True),)),
        _kind(
            "Opportunity",
            "006",
            (
                Field("Name", "Name", length=120, required=True),
                Field(
                    "StageName", "Stage", "picklist", required=True,
                    options=("Prospecting", "Qualification", "Closed Won", "Closed Lost"),
                ),
                Field("CloseDate", "Close Date", "date", required=True),
                Field("Amount", "Amount", "currency"),
                Field("AccountId", "Account ID", "reference", 18, to=("Account",)),
                Field("RecordTypeId", "Record Type ID", "reference", 18, to=("RecordType",)),
                _DESCRIPTION,
                _INTEREST,
                Field("Source_Page__c", "Source Page"),
                _REF,
            ),
        ),
        _kind(
            "OpportunityContactRole",
            "00K",
            (
                Field("OpportunityId", "Opportunity ID", "reference", 18, required=True, to=("Opportunity",)),
                Field("ContactId", "Contact ID", "reference", 18, required=True, to=("Contact",)),
                Field("Role", "Role", "picklist", options=("Decision Maker", "Other")),
                Field("IsPrimary", "Primary", "boolean", default=False),
            ),
        ),
        _kind(
            "Task",
            "00T",
            (
                Field("Subject", "Subject", "combobox"),
                Field("Status", "Status", "picklist", options=("Not Started", "Completed"), default="Not Started"),
                Field("Priority", "Priority", "picklist", options=("High", "Normal"), default="Normal"),
                Field("ActivityDate", "Due Date Only", "date"),
                _DESCRIPTION,
                Field("WhoId", "Name ID", "reference", 18, to=("Contact", "Lead")),
                Field("WhatId", "Related To ID", "reference", 18, to=("Account", "Opportunity", "Pet__c")),
            ),
        ),
        _kind(
            "Pet__c",
            "a00",
            (
                Field("Name", "Pet Name", length=80, required=True),
                Field("Species__c", "Species", "picklist", options=("Dog", "Cat"), restricted=True),
                Field("Weight__c", "Weight", "double"),
                Field("Born__c", "Born", "date"),
                Field("Contact__c", "Owner", "reference", 18, to=("Contact",)),
                _REF,
            ),
        ),
    )
}  # fmt: skip
