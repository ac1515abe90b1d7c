# Once for each project, by hand, with a person's own credentials: the bucket of the state, and who deploys from then on.
# Its own state stays with you (one bucket and one account: both can be imported again).
terraform {
  required_version = ">= 1.11"
  required_providers {
    google = { source = "hashicorp/google", version = ">= 7.46, < 9.0" }
  }
}

variable "project_id" {
  description = "Project of the deployment."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project's id has 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  description = "Location of the state."
  type        = string
  default     = "europe-west1"
}

variable "prefix" {
  description = "Begins every name; the same as the deployment's."
  type        = string
  default     = "chatbot"
}

provider "google" {
  project = var.project_id
  region  = var.region
}

# What Terraform itself needs before it can enable the rest.
resource "google_project_service" "api" {
  for_each           = toset(["cloudbuild", "cloudresourcemanager", "iam", "serviceusage", "storage"])
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}

resource "google_storage_bucket" "state" {
  name                        = "${var.project_id}-${var.prefix}-state"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      num_newer_versions = 50
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

# Who applies in a pipeline. It makes accounts and hands out roles, so it can become anybody in this project: let nobody but
# the pipeline be it.
resource "google_service_account" "deployer" {
  account_id   = "${var.prefix}-deployer"
  display_name = "Deploys the chatbot platform"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "deployer" {
  #checkov:skip=CKV_GCP_41:it deploys functions that run as accounts which it makes in the same apply
  #checkov:skip=CKV_GCP_49:it makes those accounts
  for_each = toset([
    "roles/artifactregistry.admin", "roles/certificatemanager.owner", "roles/cloudbuild.builds.editor", "roles/cloudfunctions.admin",
    "roles/cloudscheduler.admin", "roles/cloudsql.admin", "roles/compute.loadBalancerAdmin", "roles/compute.networkAdmin",
    "roles/compute.securityAdmin", "roles/dns.admin", "roles/iam.serviceAccountAdmin", "roles/iam.serviceAccountUser",
    "roles/logging.admin", "roles/monitoring.admin", "roles/redis.admin", "roles/resourcemanager.projectIamAdmin",
    "roles/run.admin", "roles/secretmanager.admin", "roles/servicenetworking.networksAdmin",
    "roles/serviceusage.serviceUsageAdmin", "roles/storage.admin",
  ])
  project = var.project_id
  role    = each.key
  member  = google_service_account.deployer.member
}

resource "google_storage_bucket_iam_member" "deployer" {
  bucket = google_storage_bucket.state.name
  role   = "roles/storage.objectUser"
  member = google_service_account.deployer.member
}

output "init" {
  description = "How the deployment is initialised with this state."
  value       = "terraform init -backend-config=bucket=${google_storage_bucket.state.name} -backend-config=prefix=PROFILE"
}

output "deployer" {
  description = "Who applies in a pipeline."
  value       = google_service_account.deployer.email
}
