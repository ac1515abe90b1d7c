# Who is told what, and when. Alerts are in alerts.tf, the dashboard in dashboard.tf.
variable "project" {
  description = "Project's id."
  type        = string
}

variable "region" {
  description = "Region of the log bucket."
  type        = string
}

variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "email" {
  description = "Who is told, or null: then there are no alerts."
  type        = string
}

variable "services" {
  description = "Cloud Run's name and the limit of instances, by name in services.json."
  type        = map(object({ name = string, max = number }))
}

variable "uptime_hosts" {
  description = "Hosts whose /health is called every minute from around the world, by name."
  type        = map(string)
}

variable "jobs" {
  description = "Cloud Run's names of the jobs."
  type        = list(string)
}

variable "sql_instance" {
  description = "Cloud SQL's name of the instance."
  type        = string
}

variable "sql_connections" {
  description = "Connections that Postgres accepts."
  type        = number
}

variable "redis" {
  description = "Whether there is a Redis to watch."
  type        = bool
}

variable "billing_account" {
  description = "Where the budget is, or null: no budget."
  type        = string
}

variable "budget" {
  description = "A month's, in the account's currency."
  type        = number
}

variable "log_days" {
  description = "How long warnings and the audit log are kept."
  type        = number
}

data "google_project" "this" {
  project_id = var.project
}

resource "google_monitoring_notification_channel" "email" {
  count        = var.email == null ? 0 : 1
  project      = var.project
  display_name = "${var.prefix}: ${var.email}"
  type         = "email"
  labels       = { email_address = var.email }
}

resource "google_monitoring_uptime_check_config" "this" {
  for_each     = var.uptime_hosts
  project      = var.project
  display_name = "${var.prefix} ${each.key}"
  period       = "60s"
  timeout      = "10s"

  http_check {
    path         = "/health"
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = each.value }
  }
}

resource "google_logging_metric" "errors" {
  project     = var.project
  name        = "${var.prefix}-errors"
  description = "Log entries of severity ERROR and above"
  filter      = "resource.type=(\"cloud_run_revision\" OR \"cloud_run_job\") AND severity>=ERROR AND resource.labels.service_name:\"${var.prefix}-\""
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
}

resource "google_logging_project_bucket_config" "kept" {
  project        = var.project
  location       = var.region
  bucket_id      = "${var.prefix}-kept"
  retention_days = var.log_days
  description    = "Warnings, errors and who changed what"
}

resource "google_logging_project_sink" "kept" {
  project                = var.project
  name                   = "${var.prefix}-kept"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.kept.id}"
  filter                 = "severity>=WARNING OR logName:\"cloudaudit.googleapis.com\""
  unique_writer_identity = true
}

# The uptime checks alone would write 25 000 lines a day.
resource "google_logging_project_exclusion" "health" {
  project     = var.project
  name        = "${var.prefix}-health"
  description = "Health checks that went well"
  filter      = "resource.type=\"cloud_run_revision\" AND httpRequest.requestUrl:\"/health\" AND httpRequest.status<400"
}

resource "google_billing_budget" "this" {
  count           = var.billing_account == null ? 0 : 1
  billing_account = var.billing_account
  display_name    = "${var.prefix} in ${var.project}"

  budget_filter {
    projects = ["projects/${data.google_project.this.number}"]
  }

  amount {
    specified_amount {
      units = tostring(var.budget)
    }
  }

  threshold_rules {
    threshold_percent = 0.5
  }
  threshold_rules {
    threshold_percent = 1.0
  }
  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    monitoring_notification_channels = google_monitoring_notification_channel.email[*].id
    disable_default_iam_recipients   = false
  }
}
