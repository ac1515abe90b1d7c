# Redis: sessions, limits, locks. Nothing in it is the only copy of anything.
variable "project" {
  description = "Project's id."
  type        = string
}

variable "region" {
  description = "Region of the instance."
  type        = string
}

variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "network" {
  description = "Id of the network that is peered with Google's services."
  type        = string
}

variable "tier" {
  description = "BASIC, or STANDARD_HA with a replica in another zone."
  type        = string
}

variable "memory_gb" {
  description = "Size."
  type        = number
}

variable "url_secret" {
  description = "Full name of the secret for REDIS_URL."
  type        = string
}

variable "protect" {
  description = "Whether the instance refuses to be deleted."
  type        = bool
}

variable "kms_key" {
  description = "Key that encrypts it, or null."
  type        = string
}

resource "google_redis_instance" "this" {
  project                 = var.project
  name                    = var.prefix
  region                  = var.region
  tier                    = var.tier
  memory_size_gb          = var.memory_gb
  redis_version           = "REDIS_7_2"
  authorized_network      = var.network
  connect_mode            = "PRIVATE_SERVICE_ACCESS"
  auth_enabled            = true
  transit_encryption_mode = "SERVER_AUTHENTICATION"
  deletion_protection     = var.protect
  customer_managed_key    = var.kms_key

  maintenance_policy {
    weekly_maintenance_window {
      day = "SUNDAY"
      start_time {
        hours = 3
      }
    }
  }
}

# The instance has a certificate authority of its own, which goes with the URL. Its certificate does not carry the name we
# call, so the authority alone proves who answers. While its successor is announced there are two: either is right.
# The password is Google's and cannot be chosen: it is in the state as auth_string, whatever is done here.
resource "google_secret_manager_secret_version" "url" {
  secret = var.url_secret
  secret_data_wo = join("", [
    "rediss://:${google_redis_instance.this.auth_string}@${google_redis_instance.this.host}:${google_redis_instance.this.port}/0",
    "?ssl_check_hostname=false&ssl_ca_data=${urlencode(join("\n", google_redis_instance.this.server_ca_certs[*].cert))}",
  ])
  secret_data_wo_version = local.revision

  lifecycle {
    create_before_destroy = true # a running revision still names the version before
  }
}

locals {
  # Write-only values are not compared. This number follows what the URL is made of.
  revision = parseint(substr(sha256(jsonencode([
    google_redis_instance.this.host, google_redis_instance.this.port, google_redis_instance.this.server_ca_certs[*].sha1_fingerprint,
  ])), 0, 8), 16)
}

output "url_version" {
  description = "Number of the secret's version."
  value       = google_secret_manager_secret_version.url.version
}
