# The HTTP functions, from one archive: each builds the same source with another entry point.
variable "project" {
  description = "Project's id."
  type        = string
}

variable "region" {
  description = "Region of the functions."
  type        = string
}

variable "functions" {
  description = "By name in services.json."
  type = map(object({
    name            = string
    account         = string
    env             = map(string)
    secrets         = map(object({ id = string, version = string }))
    memory          = string
    cpu             = string
    concurrency     = number
    timeout_seconds = number
    min             = number
    max             = number
    public          = bool
  }))
}

variable "network" {
  description = "How they enter the private network."
  type        = object({ network = string, subnetwork = string, tag = string, mode = string })
}

variable "archive" {
  description = "Where the source is."
  type        = object({ bucket = string, object = string })
}

variable "builder" {
  description = "Full name of the service account that builds."
  type        = string
}

variable "repository" {
  description = "Where the built images go."
  type        = string
}

variable "edge" {
  description = "Whether a load balancer is in front; then nobody comes past it."
  type        = bool
}

locals {
  # Keys of `runtime` in services.json. The source is unpacked into /workspace.
  runtime = { for name, function in var.functions : name => {
    PYTHONPATH           = "/workspace"
    THREADS              = tostring(function.concurrency)
    OMP_NUM_THREADS      = "1"
    OPENBLAS_NUM_THREADS = "1"
  } }
}

resource "google_cloudfunctions2_function" "this" {
  for_each = var.functions
  project  = var.project
  location = var.region
  name     = each.value.name

  build_config {
    runtime           = "python312"
    entry_point       = each.key
    service_account   = var.builder
    docker_repository = var.repository
    environment_variables = {
      GOOGLE_FUNCTION_SOURCE = "functions/${each.key}/main.py"
    }

    source {
      storage_source {
        bucket = var.archive.bucket
        object = var.archive.object
      }
    }
  }

  service_config {
    service_account_email            = each.value.account
    available_memory                 = each.value.memory
    available_cpu                    = each.value.cpu
    max_instance_request_concurrency = each.value.concurrency
    min_instance_count               = each.value.min
    max_instance_count               = each.value.max
    timeout_seconds                  = each.value.timeout_seconds
    # A scheduler of the same project counts as internal.
    ingress_settings      = !each.value.public ? "ALLOW_INTERNAL_ONLY" : var.edge ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_ALL"
    environment_variables = merge(local.runtime[each.key], each.value.env)
    direct_vpc_egress     = "VPC_EGRESS_${var.network.mode}"

    direct_vpc_network_interface {
      network    = var.network.network
      subnetwork = var.network.subnetwork
      tags       = [var.network.tag]
    }

    dynamic "secret_environment_variables" {
      for_each = each.value.secrets
      content {
        project_id = var.project
        key        = secret_environment_variables.key
        secret     = split("/", secret_environment_variables.value.id)[3]
        version    = secret_environment_variables.value.version
      }
    }
  }
}

# A function is a Cloud Run service, and that is where the right to call it belongs.
resource "google_cloud_run_v2_service_iam_member" "public" {
  for_each = toset([for name, function in var.functions : name if function.public])
  project  = var.project
  location = var.region
  name     = google_cloudfunctions2_function.this[each.key].name
  role     = "roles/run.invoker"
  member   = "allUsers" # the application asks for keys, signatures and tokens itself

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.this[each.key].id] # a function made anew has lost it
  }
}

output "services" {
  description = "By name in services.json: the service's name and address."
  value       = { for name, function in google_cloudfunctions2_function.this : name => { name = function.name, uri = function.service_config[0].uri } }
}
