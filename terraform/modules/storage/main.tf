# Two buckets: the platform's data, and the functions' source.
variable "project" {
  description = "Project's id."
  type        = string
}

variable "region" {
  description = "Location of the buckets."
  type        = string
}

variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "roles" {
  description = "What each process may do with the data."
  type        = map(string)
}

variable "members" {
  description = "IAM's name of each process."
  type        = map(string)
}

variable "builder" {
  description = "IAM's name of who builds the functions."
  type        = string
}

variable "archive" {
  description = "The functions' source."
  type        = object({ path = string, digest = string })
}

variable "protect" {
  description = "Whether a bucket with objects in it refuses to be deleted."
  type        = bool
}

variable "kms_key" {
  description = "Key that encrypts them, or null."
  type        = string
}

locals {
  # Days for which an overwritten or deleted object can be had back. What a business or visitor had erased is gone after them.
  buckets = { data = 14, source = 30 }
}

resource "google_storage_bucket" "this" {
  for_each                    = local.buckets
  project                     = var.project
  name                        = "${var.project}-${var.prefix}-${each.key}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protect

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = each.value
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }

  # Versioning is the way back. This second one would bill every deleted version again.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }
}

resource "google_storage_bucket_iam_member" "unit" {
  for_each = var.roles
  bucket   = google_storage_bucket.this["data"].name
  role     = each.value
  member   = var.members[each.key]
}

resource "google_storage_bucket_iam_member" "builder" {
  bucket = google_storage_bucket.this["source"].name
  role   = "roles/storage.objectViewer"
  member = var.builder
}

# Its name holds its digest: the same name with other content would deploy nothing.
resource "google_storage_bucket_object" "source" {
  bucket = google_storage_bucket.this["source"].name
  name   = "functions-${substr(var.archive.digest, 0, 16)}.zip"
  source = var.archive.path

  lifecycle {
    create_before_destroy = true # until the functions are built from the new one
  }
}

output "bucket" {
  description = "The data's bucket."
  value       = google_storage_bucket.this["data"].name
}

output "archive" {
  description = "Where the functions' source is."
  value       = { bucket = google_storage_bucket_object.source.bucket, object = google_storage_bucket_object.source.name }
}
