data "google_project" "this" {
  project_id = var.project_id
}

resource "google_project_service" "api" {
  for_each = toset([
    "aiplatform", "artifactregistry", "billingbudgets", "certificatemanager", "cloudbuild", "cloudfunctions", "cloudscheduler",
    "compute", "dns", "iam", "iamcredentials", "logging", "monitoring", "redis", "run", "secretmanager",
    "servicenetworking", "sqladmin", "storage",
  ])
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}

# An API answers some seconds after it was enabled. Everything that is named `project = local.project` waits for it.
resource "time_sleep" "apis" {
  create_duration = "60s"
  triggers        = { project = var.project_id }
  depends_on      = [google_project_service.api]
}

locals {
  project = time_sleep.apis.triggers.project
}

# One archive for the four functions: what source/ links to, and nothing else of this repository.
data "archive_file" "source" {
  type             = "zip"
  source_dir       = "${path.module}/source"
  output_path      = "${path.module}/.terraform/source.zip"
  output_file_mode = "0644" # the same bytes from every machine
  excludes         = ["**/__pycache__/**", "**/*.pyc"]
}

module "identities" {
  source  = "./modules/identities"
  project = local.project
  units   = { for name, unit in local.units : name => { id = unit.name, roles = unit.roles } }
  prefix  = var.prefix
}

module "network" {
  source           = "./modules/network"
  project          = local.project
  region           = var.region
  prefix           = var.prefix
  static_egress_ip = var.static_egress_ip
}

module "secrets" {
  source                 = "./modules/secrets"
  project                = local.project
  prefix                 = var.prefix
  names                  = local.secrets
  readers                = { for name, unit in local.units : name => toset(values(unit.secrets)) }
  members                = module.identities.members
  gemini_api_key         = var.gemini_api_key
  gemini_api_key_version = var.gemini_api_key_version
  protect                = local.protect
  kms_key                = var.kms_key
}

module "database" {
  source                 = "./modules/database"
  project                = local.project
  region                 = var.region
  prefix                 = var.prefix
  network                = module.network.peered_network
  tier                   = coalesce(var.sql_tier, local.profile.sql_tier)
  engine                 = var.database_version
  ha                     = local.profile.sql_ha
  pitr                   = local.profile.sql_pitr
  backups                = local.profile.sql_backups
  max_connections        = local.profile.sql_connections
  needed_connections     = local.connections
  users                  = [for name, unit in local.units : name if unit.database != "owner"]
  accounts               = module.identities.emails
  owner_url_secret       = module.secrets.ids["database-owner-url"]
  owner_password_version = var.owner_password_version
  protect                = local.protect
  kms_key                = var.kms_key
}

module "cache" {
  source     = "./modules/cache"
  count      = local.redis_gb > 0 ? 1 : 0
  project    = local.project
  region     = var.region
  prefix     = var.prefix
  network    = module.network.peered_network
  tier       = local.profile.redis_tier
  memory_gb  = local.redis_gb
  url_secret = module.secrets.ids["redis-url"]
  protect    = local.protect
  kms_key    = var.kms_key
}

module "storage" {
  source  = "./modules/storage"
  project = local.project
  region  = var.region
  prefix  = var.prefix
  roles   = { for name, unit in local.units : name => unit.bucket_role if unit.bucket_role != "" }
  members = module.identities.members
  builder = module.identities.builder.member
  archive = { path = data.archive_file.source.output_path, digest = data.archive_file.source.output_sha256 }
  protect = local.protect
  kms_key = var.kms_key
}

module "registry" {
  source  = "./modules/registry"
  project = local.project
  region  = var.region
  prefix  = var.prefix
  builder = module.identities.builder.member
  kms_key = var.kms_key
}

locals {
  # Generated secrets are the latest when an instance starts, or a number that somebody rotates by (docs/deploy.md). Those
  # that Terraform puts together are numbers, so that another address or certificate makes a new revision.
  secret_versions = merge(
    { for name in local.secrets : name => lookup(var.secret_versions, name, "latest") },
    { "database-owner-url" = module.database.owner_url_version },
    local.redis_gb > 0 ? { "redis-url" = module.cache[0].url_version } : {},
    var.model_access == "key" ? { "gemini-api-key" = module.secrets.gemini_api_key_version } : {},
  )
  deployed = { for name, unit in local.units : name => {
    name            = unit.name
    account         = module.identities.emails[name]
    env             = local.env[name]
    secrets         = { for variable, secret in unit.secrets : variable => { id = module.secrets.ids[secret], version = local.secret_versions[secret] } }
    args            = unit.args
    memory          = unit.memory
    cpu             = unit.cpu
    concurrency     = unit.concurrency
    timeout_seconds = unit.timeout_seconds
    min             = unit.min
    max             = unit.max
    public          = startswith(unit.callers, "public")
  } }
}

module "functions" {
  source     = "./modules/functions"
  project    = local.project
  region     = var.region
  functions  = { for name in keys(local.table.functions) : name => local.deployed[name] }
  network    = module.network.egress
  archive    = module.storage.archive
  builder    = module.identities.builder.id
  repository = module.registry.id
  edge       = local.edge
  depends_on = [module.secrets, module.database, module.storage, module.registry, module.identities]
}

module "voice" {
  source     = "./modules/voice"
  count      = var.image == null ? 0 : 1
  project    = local.project
  region     = var.region
  image      = var.image
  service    = local.deployed["voice-service"]
  network    = module.network.egress
  edge       = local.edge
  protect    = local.protect
  depends_on = [module.secrets, module.database, module.storage, module.identities]
}

module "jobs" {
  source  = "./modules/jobs"
  count   = var.image == null ? 0 : 1
  project = local.project
  region  = var.region
  image   = var.image
  jobs = { for name in keys(local.table.jobs) : name => merge(local.deployed[name], {
    # Whom the job makes a tenant's login, and whom the platform's.
    args = concat(local.deployed[name].args, name != "logins" ? [] : flatten([
      for unit in values(local.units) : ["--${unit.database}", unit.db_user] if unit.database != "owner"
    ]))
  }) }
  network    = module.network.egress
  starters   = { for name in ["admin", "worker", "knowledge"] : name => module.identities.members[name] }
  protect    = local.protect
  depends_on = [module.secrets, module.database, module.storage, module.identities]
}

module "schedules" {
  source  = "./modules/schedules"
  project = local.project
  region  = var.region
  prefix  = var.prefix
  worker  = module.functions.services["worker"]
  seconds = local.profile.worker_seconds
}

module "monitoring" {
  source          = "./modules/monitoring"
  project         = local.project
  region          = var.region
  prefix          = var.prefix
  email           = var.alert_email
  services        = { for name in setintersection(keys(local.address), local.running) : name => { name = local.units[name].name, max = local.units[name].max } }
  uptime_hosts    = local.profile.uptime_checks ? merge({ for name in ["chat", "admin"] : name => trimprefix(local.urls[name], "https://") }, var.image == null ? {} : { media = trimprefix(local.urls.media, "wss://") }) : {}
  jobs            = var.image == null ? [] : [for name in keys(local.table.jobs) : local.units[name].name]
  sql_instance    = module.database.instance
  sql_connections = local.profile.sql_connections
  redis           = local.redis_gb > 0
  billing_account = var.billing_account
  budget          = coalesce(var.monthly_budget, local.profile.budget)
  log_days        = local.profile.log_days
}

module "edge" {
  source              = "./modules/edge"
  count               = local.edge ? 1 : 0
  project             = local.project
  region              = var.region
  prefix              = var.prefix
  domains             = { for name, domain in var.domains : name => domain if name != "media" || var.image != null }
  services            = { chat = module.functions.services["chat"].name, admin = module.functions.services["admin"].name, voice = module.functions.services["voice"].name, media = local.units["voice-service"].name }
  dns_zone            = var.dns_zone
  requests_per_minute = var.requests_per_minute
}
