# The secrets' containers, who may read each, and the values nobody has to know: made here, written to Secret Manager, kept
# in no state (write-only arguments of ephemeral values).
variable "project" {
  description = "Project's id."
  type        = string
}

variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "names" {
  description = "Names of all secrets."
  type        = set(string)
}

variable "readers" {
  description = "Names of the secrets that each process reads."
  type        = map(set(string))
}

variable "members" {
  description = "IAM's name of each process."
  type        = map(string)
}

variable "gemini_api_key" {
  description = "Gemini's key, or null."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "gemini_api_key_version" {
  description = "Raised to store another key."
  type        = number
}

variable "protect" {
  description = "Whether the secrets refuse to be deleted: what is sealed under secrets-key is lost with it."
  type        = bool
}

variable "kms_key" {
  description = "Key that encrypts them, or null."
  type        = string
}

locals {
  generated = toset(["admin-api-key", "secrets-key"])
}

resource "google_secret_manager_secret" "this" {
  for_each            = var.names
  project             = var.project
  secret_id           = "${var.prefix}-${each.key}"
  deletion_protection = var.protect
  version_destroy_ttl = "604800s" # a version destroyed by mistake can be had back for a week

  replication {
    auto {
      dynamic "customer_managed_encryption" {
        for_each = var.kms_key == null ? [] : [var.kms_key]
        content {
          kms_key_name = customer_managed_encryption.value
        }
      }
    }
  }
}

ephemeral "random_password" "generated" {
  for_each = local.generated
  length   = 48
  special  = false # commas separate keys in SECRETS_KEY
}

# Written once: a later apply makes another ephemeral value and does not send it, as the number stays 1.
resource "google_secret_manager_secret_version" "generated" {
  for_each               = local.generated
  secret                 = google_secret_manager_secret.this[each.key].id
  secret_data_wo         = ephemeral.random_password.generated[each.key].result
  secret_data_wo_version = 1
}

resource "google_secret_manager_secret_version" "gemini_api_key" {
  count                  = contains(var.names, "gemini-api-key") ? 1 : 0
  secret                 = google_secret_manager_secret.this["gemini-api-key"].id
  secret_data_wo         = var.gemini_api_key
  secret_data_wo_version = var.gemini_api_key_version

  lifecycle {
    create_before_destroy = true # running revisions still name the version before
  }
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each  = merge([for name, secrets in var.readers : { for secret in secrets : "${name} ${secret}" => { unit = name, secret = secret } }]...)
  project   = var.project
  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = var.members[each.value.unit]
}

output "ids" {
  description = "Full names by name."
  value       = { for name, secret in google_secret_manager_secret.this : name => secret.id }
}

output "names" {
  description = "Secret Manager's names by name."
  value       = { for name, secret in google_secret_manager_secret.this : name => secret.secret_id }
}

output "gemini_api_key_version" {
  description = "Number of the stored key's version, or null."
  value       = one(google_secret_manager_secret_version.gemini_api_key[*].version)
}
