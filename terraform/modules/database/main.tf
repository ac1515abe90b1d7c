# Postgres on a private address. Processes sign in as their service accounts; only migrations have a password, that of the
# owner, and it is in one secret alone.
locals {
  owner = "chatbot_owner"
}

# A name stays taken for a week after its instance is gone.
resource "random_id" "suffix" {
  byte_length = 2
}

resource "google_sql_database_instance" "this" {
  project             = var.project
  name                = "${var.prefix}-${random_id.suffix.hex}"
  region              = var.region
  database_version    = var.engine
  deletion_protection = var.protect
  encryption_key_name = var.kms_key

  settings {
    edition                     = "ENTERPRISE" # the other one refuses small machines
    tier                        = var.tier
    availability_type           = var.ha ? "REGIONAL" : "ZONAL"
    disk_type                   = "PD_SSD"
    disk_autoresize             = true
    deletion_protection_enabled = var.protect

    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network
      ssl_mode        = "ENCRYPTED_ONLY"
    }

    backup_configuration {
      enabled                        = true
      start_time                     = "02:00"
      point_in_time_recovery_enabled = var.pitr
      transaction_log_retention_days = var.pitr ? 7 : null
      backup_retention_settings {
        retained_backups = var.backups
      }
    }

    maintenance_window {
      day          = 7
      hour         = 3
      update_track = "stable"
    }

    insights_config {
      query_insights_enabled = true
    }

    dynamic "database_flags" {
      for_each = {
        "cloudsql.iam_authentication" = "on"
        "max_connections"             = tostring(var.max_connections)
        "log_checkpoints"             = "on"
        "log_connections"             = "on"
        "log_disconnections"          = "on"
        "log_lock_waits"              = "on"
        "log_temp_files"              = "0"
      }
      content {
        name  = database_flags.key
        value = database_flags.value
      }
    }
  }

  lifecycle {
    ignore_changes = [settings[0].disk_size] # it grows by itself
    precondition {
      # Ten are for the owner, for Cloud SQL itself, and for the old revision while the new one starts.
      condition     = var.needed_connections + 10 <= var.max_connections
      error_message = "At their limits the processes would hold ${var.needed_connections} connections of ${var.max_connections}: lower var.scale, or raise sql_connections of the profile in table.tf (and the tier)."
    }
  }
}

resource "google_sql_database" "this" {
  project         = var.project
  name            = "chatbot"
  instance        = google_sql_database_instance.this.name
  deletion_policy = "ABANDON" # it goes with its instance
}

# Without any privilege until the job `logins` makes each a tenant or the platform.
resource "google_sql_user" "unit" {
  for_each        = var.users
  project         = var.project
  name            = trimsuffix(var.accounts[each.key], ".gserviceaccount.com") # Cloud SQL cuts it off
  instance        = google_sql_database_instance.this.name
  type            = "CLOUD_IAM_SERVICE_ACCOUNT"
  deletion_policy = "ABANDON" # Postgres does not drop a login that holds privileges
}

ephemeral "random_password" "owner" {
  length  = 40
  special = false # it stands in a URL
}

resource "google_sql_user" "owner" {
  project             = var.project
  name                = local.owner
  instance            = google_sql_database_instance.this.name
  password_wo         = ephemeral.random_password.owner.result
  password_wo_version = var.owner_password_version
  deletion_policy     = "ABANDON"
}

# The same ephemeral value as the user's, in the same apply. If an apply stops between the two, raise the number.
resource "google_secret_manager_secret_version" "owner_url" {
  secret = var.owner_url_secret
  secret_data_wo = join("", [
    "postgresql://${local.owner}:${ephemeral.random_password.owner.result}@",
    "${google_sql_database_instance.this.private_ip_address}:5432/${google_sql_database.this.name}?sslmode=require",
  ])
  secret_data_wo_version = var.owner_password_version

  lifecycle {
    create_before_destroy = true # the deployed jobs still name the version before
  }
}
