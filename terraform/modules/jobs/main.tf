# Jobs: knowledge builds, which admin, the worker and builds that end start, and what an operator or the pipeline runs.
variable "project" {
  description = "Project's id."
  type        = string
}

variable "region" {
  description = "Region of the jobs."
  type        = string
}

variable "image" {
  description = "Image by digest."
  type        = string
}

variable "jobs" {
  description = "The jobs of services.json."
  type = map(object({
    name            = string
    account         = string
    env             = map(string)
    secrets         = map(object({ id = string, version = string }))
    args            = list(string)
    memory          = string
    cpu             = string
    timeout_seconds = number
  }))
}

variable "network" {
  description = "How they enter the private network."
  type        = object({ network = string, subnetwork = string, tag = string, mode = string })
}

variable "starters" {
  description = "IAM's names of who starts knowledge builds: admin, the worker, and a build that ends, by name."
  type        = map(string)
}

variable "protect" {
  description = "Whether the jobs refuse to be deleted."
  type        = bool
}

resource "google_cloud_run_v2_job" "this" {
  for_each            = var.jobs
  project             = var.project
  location            = var.region
  name                = each.value.name
  deletion_protection = var.protect

  template {
    task_count = 1

    template {
      service_account = each.value.account
      timeout         = "${each.value.timeout_seconds}s"
      max_retries     = 0 # each writes down its own end; a build that died is tried again by the worker, in its turn

      vpc_access {
        egress = var.network.mode
        network_interfaces {
          network    = var.network.network
          subnetwork = var.network.subnetwork
          tags       = [var.network.tag]
        }
      }

      containers {
        image   = var.image
        command = ["python"]
        args    = each.value.args

        resources {
          limits = { cpu = each.value.cpu, memory = each.value.memory }
        }

        dynamic "env" {
          for_each = each.value.env
          content {
            name  = env.key
            value = env.value
          }
        }

        dynamic "env" {
          for_each = each.value.secrets
          content {
            name = env.key
            value_source {
              secret_key_ref {
                secret  = env.value.id
                version = env.value.version
              }
            }
          }
        }
      }
    }
  }

  lifecycle {
    ignore_changes = [client, client_version]
  }
}

# "With overrides": the build's business and id are arguments of the one run.
resource "google_cloud_run_v2_job_iam_member" "starter" {
  for_each = var.starters
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_job.this["knowledge"].name
  role     = "roles/run.jobsExecutorWithOverrides"
  member   = each.value
}

moved {
  from = google_cloud_run_v2_job_iam_member.starter
  to   = google_cloud_run_v2_job_iam_member.starter["admin"]
}

output "names" {
  description = "By name in services.json."
  value       = { for name, job in google_cloud_run_v2_job.this : name => job.name }
}
