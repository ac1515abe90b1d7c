# Images: of the functions, which Google builds, and of the voice service and jobs, which the pipeline pushes.
variable "project" {
  description = "Project's id."
  type        = string
}

variable "region" {
  description = "Location of the repository."
  type        = string
}

variable "prefix" {
  description = "Names the repository."
  type        = string
}

variable "builder" {
  description = "IAM's name of who builds the functions."
  type        = string
}

variable "kms_key" {
  description = "Key that encrypts it, or null."
  type        = string
}

resource "google_artifact_registry_repository" "this" {
  project       = var.project
  location      = var.region
  repository_id = var.prefix
  format        = "DOCKER"
  description   = "Images of the chatbot platform"
  kms_key_name  = var.kms_key

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }

  # Ten of each image: enough to go back to, and no bill that grows with every deployment.
  cleanup_policies {
    id     = "keep-ten"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }
}

resource "google_artifact_registry_repository_iam_member" "builder" {
  project    = var.project
  location   = google_artifact_registry_repository.this.location
  repository = google_artifact_registry_repository.this.name
  role       = "roles/artifactregistry.writer"
  member     = var.builder
}

output "id" {
  description = "Full name."
  value       = google_artifact_registry_repository.this.id
}

output "path" {
  description = "What an image's name begins with."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${var.prefix}"
}
