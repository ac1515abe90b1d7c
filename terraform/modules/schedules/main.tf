# Cloud Scheduler calls the worker every minute. Nobody else may.
variable "project" {
  description = "Project's id."
  type        = string
}

variable "region" {
  description = "Region of the schedule."
  type        = string
}

variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "worker" {
  description = "The worker's service and address."
  type        = object({ name = string, uri = string })
}

variable "seconds" {
  description = "How long the worker works and waits for more, of every minute."
  type        = number
}

resource "google_service_account" "scheduler" {
  project      = var.project
  account_id   = "${var.prefix}-scheduler"
  display_name = "Calls the worker of the chatbot platform"
}

resource "google_cloud_run_v2_service_iam_member" "scheduler" {
  project  = var.project
  location = var.region
  name     = var.worker.name
  role     = "roles/run.invoker"
  member   = google_service_account.scheduler.member
}

resource "google_cloud_scheduler_job" "worker" {
  project          = var.project
  region           = var.region
  name             = "${var.prefix}-worker"
  description      = "Leads into the CRMs, and hand-offs whose webhook did not answer"
  schedule         = "* * * * *"
  attempt_deadline = "120s"

  retry_config {
    retry_count = 0 # the next minute is the retry
  }

  http_target {
    http_method = "POST"
    uri         = "${var.worker.uri}/"
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode(jsonencode({ seconds = var.seconds }))

    oidc_token {
      service_account_email = google_service_account.scheduler.email
      audience              = var.worker.uri
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.scheduler]
}
