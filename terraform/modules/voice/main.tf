# The voice service: a call is one WebSocket, as long as the call.
variable "project" {
  description = "Project's id."
  type        = string
}

variable "region" {
  description = "Region of the service."
  type        = string
}

variable "image" {
  description = "Image by digest."
  type        = string
}

variable "service" {
  description = "The service of services.json."
  type = object({
    name            = string
    account         = string
    env             = map(string)
    secrets         = map(object({ id = string, version = string }))
    args            = list(string)
    memory          = string
    cpu             = string
    concurrency     = number
    timeout_seconds = number
    min             = number
    max             = number
  })
}

variable "network" {
  description = "How it enters the private network."
  type        = object({ network = string, subnetwork = string, tag = string, mode = string })
}

variable "edge" {
  description = "Whether a load balancer is in front; then nobody comes past it."
  type        = bool
}

variable "protect" {
  description = "Whether the service refuses to be deleted."
  type        = bool
}

resource "google_cloud_run_v2_service" "this" {
  project             = var.project
  location            = var.region
  name                = var.service.name
  ingress             = var.edge ? "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" : "INGRESS_TRAFFIC_ALL"
  deletion_protection = var.protect

  template {
    service_account                  = var.service.account
    timeout                          = "${var.service.timeout_seconds}s" # a socket is one request: 60 minutes are the most
    session_affinity                 = true
    max_instance_request_concurrency = var.service.concurrency

    scaling {
      min_instance_count = var.service.min
      max_instance_count = var.service.max
    }

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
      args    = var.service.args

      ports {
        container_port = 8080
      }

      resources {
        limits            = { cpu = var.service.cpu, memory = var.service.memory }
        cpu_idle          = false # sound every 20 ms, and draining after the last request
        startup_cpu_boost = true
      }

      # It answers also while a store is away: a store's outage must not take the calls down with it.
      startup_probe {
        period_seconds    = 2
        timeout_seconds   = 2
        failure_threshold = 30
        http_get {
          path = "/health"
        }
      }

      dynamic "env" {
        for_each = var.service.env
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = var.service.secrets
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

  lifecycle {
    # The pipeline moves traffic from revision to revision, and names itself.
    ignore_changes = [traffic, client, client_version]
  }
}

# Twilio cannot sign in at Google. The service takes a socket only with the token of a call it expects.
resource "google_cloud_run_v2_service_iam_member" "public" {
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_service.this.name
  role     = "roles/run.invoker"
  member   = "allUsers"
}

output "name" {
  description = "The service's name."
  value       = google_cloud_run_v2_service.this.name
}
