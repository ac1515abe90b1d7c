variable "project_id" {
  description = "Project of everything here."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project's id has 6 to 30 lower-case letters, digits and hyphens (and is not its number or name)."
  }
}

variable "profile" {
  description = "dev: smallest possible cost. prod: always warm, backed up, protected. ha: survives the loss of a zone."
  type        = string
  validation {
    condition     = contains(["dev", "prod", "ha"], var.profile)
    error_message = "One of dev, prod, ha."
  }
}

variable "region" {
  description = "Region of everything that has one."
  type        = string
  default     = "europe-west1"
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region such as europe-west1 (not a zone)."
  }
}

variable "prefix" {
  description = "Begins every name, so that two deployments fit into one project."
  type        = string
  default     = "chatbot"
  validation {
    # Service account ids end at 30 characters, Postgres' names at 63: PREFIX-voice-service@PROJECT.iam.
    condition     = can(regex("^[a-z][a-z0-9-]{1,10}[a-z0-9]$", var.prefix))
    error_message = "3 to 12 lower-case letters, digits and hyphens."
  }
}

variable "image" {
  description = "Image of the voice service and the jobs, by digest. Null until there is one: then neither is made."
  type        = string
  default     = null
  validation {
    condition     = var.image == null || can(regex("^[a-z0-9.-]+/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "HOST/PATH@sha256:DIGEST; a tag may mean another image tomorrow."
  }
}

variable "model_access" {
  description = "How Gemini is reached: vertex (as the service accounts, no key) or key (var.gemini_api_key)."
  type        = string
  default     = "vertex"
  validation {
    condition     = contains(["vertex", "key"], var.model_access)
    error_message = "vertex or key."
  }
}

variable "model_location" {
  description = "Location of Vertex AI."
  type        = string
  default     = "global"
}

variable "gemini_api_key" {
  description = "The key, with model_access = key. Goes to Secret Manager and neither into plan nor state."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
  validation {
    condition     = (var.model_access == "key") == (var.gemini_api_key != null)
    error_message = "Give gemini_api_key (TF_VAR_gemini_api_key) with model_access = key, and only then."
  }
}

variable "gemini_api_key_version" {
  description = "Raise it to store another gemini_api_key."
  type        = number
  default     = 1
}

variable "owner_password_version" {
  description = "Raise it to give the database's owner another password."
  type        = number
  default     = 1
}

variable "secret_versions" {
  description = "Versions of secrets-key and admin-api-key by number, instead of the latest: raised to rotate them."
  type        = map(string)
  default     = {}
  validation {
    condition     = alltrue([for name, version in var.secret_versions : contains(["secrets-key", "admin-api-key"], name) && can(regex("^[0-9]+$", version))])
    error_message = "A number for secrets-key or admin-api-key; the others' versions are Terraform's own."
  }
}

variable "cors_allowed_origins" {
  description = "Origins whose pages may call chat for every business; each business lists its own besides."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for origin in var.cors_allowed_origins : origin == "*" || can(regex("^https?://[^/]+$", origin))])
    error_message = "Origins such as https://www.example.com, without a path, or *."
  }
}

variable "settings" {
  description = "Settings by variable name that differ from their defaults; which: `optional` in services.json."
  type        = map(string)
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.settings), keys(local.table.optional))) == 0
    error_message = "Only names under `optional` in services.json; the others are given by Terraform itself."
  }
}

variable "scale" {
  description = "Instances of a process that differ from its profile's, by its name in services.json."
  type        = map(object({ min = optional(number), max = optional(number) }))
  default     = {}
  validation {
    condition = alltrue([for name, scale in var.scale : try( # a name that is not there is an error, too
      coalesce(scale.min, 0) >= 0 &&
      coalesce(scale.max, local.rows[name].scale[var.profile].max) >= max(1, coalesce(scale.min, local.rows[name].scale[var.profile].min)),
    false)])
    error_message = "By a name in services.json, and 0 <= min <= max, 1 <= max."
  }
}

variable "sql_tier" {
  description = "Machine of the database, instead of the profile's."
  type        = string
  default     = null
  validation {
    condition     = var.sql_tier == null || can(regex("^db-(f1-micro|g1-small|custom-[0-9]+-[0-9]+)$", var.sql_tier))
    error_message = "db-f1-micro, db-g1-small or db-custom-CPUS-MEGABYTES."
  }
}

variable "database_version" {
  description = "Postgres' version: 16 or later, whose roles can be granted without being inherited."
  type        = string
  default     = "POSTGRES_18"
  validation {
    condition     = can(regex("^POSTGRES_(1[6-9]|[2-9][0-9])$", var.database_version))
    error_message = "POSTGRES_16 or later."
  }
}

variable "redis_memory_gb" {
  description = "Size of Redis instead of the profile's; 0: none, sessions stay in each instance's memory."
  type        = number
  default     = null
  validation {
    condition     = var.redis_memory_gb == null || can(regex("^[0-9]+$", tostring(var.redis_memory_gb)))
    error_message = "Whole gigabytes, or 0."
  }
  validation {
    condition     = var.redis_memory_gb != 0 || var.profile == "dev"
    error_message = "prod and ha run several instances: without Redis each would have its own conversations and limits."
  }
}

variable "deletion_protection" {
  description = "Whether stores and services refuse to be destroyed; the profile's (prod, ha: yes) when null."
  type        = bool
  default     = null
}

variable "static_egress_ip" {
  description = "Whether everything leaves by one fixed address (Cloud NAT), for CRMs that admit known addresses only."
  type        = bool
  default     = false
}

variable "kms_key" {
  description = "A key of Cloud KMS for database, Redis, buckets, images and secrets; its service agents need their role first."
  type        = string
  default     = null
  validation {
    condition     = var.kms_key == null || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "projects/P/locations/L/keyRings/R/cryptoKeys/K."
  }
}

variable "domains" {
  description = "Names of a load balancer with Cloud Armor and a CDN in front of everything; null: the run.app addresses."
  type        = object({ chat = string, admin = string, voice = string, media = string })
  default     = null
  validation {
    condition = var.domains == null ? true : (length(distinct(values(var.domains))) == 4 &&
    alltrue([for name in values(var.domains) : can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", name))]))
    error_message = "Four different names such as chat.example.com."
  }
}

variable "dns_zone" {
  description = "A Cloud DNS zone of this project in which to make the domains' records; null: they are an output."
  type        = string
  default     = null
}

variable "requests_per_minute" {
  description = "What Cloud Armor lets one address do in a minute, before it answers 429."
  type        = number
  default     = 300
}

variable "alert_email" {
  description = "Who is told when something breaks."
  type        = string
  default     = null
  validation {
    condition     = var.profile == "dev" || var.alert_email != null
    error_message = "prod and ha need somebody to tell: alert_email."
  }
}

variable "billing_account" {
  description = "Billing account for the budget's alert; null: no budget."
  type        = string
  default     = null
  validation {
    condition     = var.billing_account == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "As in 012345-6789AB-CDEF01."
  }
}

variable "monthly_budget" {
  description = "In the billing account's currency, instead of the profile's."
  type        = number
  default     = null
}
