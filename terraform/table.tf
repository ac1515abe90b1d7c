# services.json and the profile, worked out: which process gets what. Nothing is created here.
locals {
  table = jsondecode(file("${path.module}/services.json"))
  rows  = merge(local.table.functions, local.table.services, local.table.jobs)

  profile = {
    dev = {
      sql_tier = "db-f1-micro", sql_ha = false, sql_pitr = false, sql_backups = 7, sql_connections = 50
      redis_gb = 0, redis_tier = "BASIC"
      protect  = false, uptime_checks = false, worker_seconds = 5, log_days = 30, budget = 50
    }
    prod = {
      sql_tier = "db-custom-1-3840", sql_ha = false, sql_pitr = true, sql_backups = 14, sql_connections = 200
      redis_gb = 1, redis_tier = "BASIC"
      protect  = true, uptime_checks = true, worker_seconds = 50, log_days = 90, budget = 400
    }
    ha = {
      sql_tier = "db-custom-2-8192", sql_ha = true, sql_pitr = true, sql_backups = 30, sql_connections = 400
      redis_gb = 5, redis_tier = "STANDARD_HA"
      protect  = true, uptime_checks = true, worker_seconds = 50, log_days = 400, budget = 1500
    }
  }[var.profile]

  protect  = coalesce(var.deletion_protection, local.profile.protect)
  redis_gb = var.redis_memory_gb == null ? local.profile.redis_gb : var.redis_memory_gb
  edge     = var.domains != null

  # A group that is off gives nothing; `model` is one of two.
  groups = merge(local.table.groups, {
    model    = local.table.groups[var.model_access == "vertex" ? "model-on-vertex" : "model-with-key"]
    sessions = local.table.groups[local.redis_gb > 0 ? "sessions" : "nothing"]
  })

  # Without an image there is nobody to send sound or builds to: calls go turn by turn, builds run beside admin.
  running = [for name in keys(local.rows) : name if var.image != null || contains(keys(local.table.functions), name)]
  absent  = var.image == null ? ["media_url", "knowledge_job"] : []

  units = { for name, row in local.rows : name => {
    name            = "${var.prefix}-${name}"
    callers         = row.callers
    database        = row.database.as
    db_user         = "${var.prefix}-${name}@${var.project_id}.iam" # Cloud SQL's name of a service account
    bucket_role     = row.bucket_role
    args            = lookup(row, "args", [])
    memory          = row.memory
    cpu             = row.cpu
    concurrency     = lookup(row, "concurrency", 1)
    timeout_seconds = row.timeout_seconds
    min             = try(coalesce(var.scale[name].min), row.scale[var.profile].min)
    max             = try(coalesce(var.scale[name].max), row.scale[var.profile].max)
    db_pool_size    = row.scale[var.profile].db_pool_size
    roles           = distinct(flatten([for group in row.groups : local.groups[group].roles]))
    secrets         = merge(concat([for group in row.groups : local.groups[group].secrets], [row.secrets])...)
    wanted          = merge(concat([for group in row.groups : local.groups[group].env], [row.env])...)
  } }

  secrets = toset(flatten([for unit in values(local.units) : values(unit.secrets)]))

  # Cloud Run's predictable addresses. They are known before the services are, so voice and its webhooks can know each
  # other's without a circle.
  address = { for name in keys(merge(local.table.functions, local.table.services)) :
  name => "${local.units[name].name}-${data.google_project.this.number}.${var.region}.run.app" }
  urls = {
    chat  = "https://${try(var.domains.chat, local.address.chat)}"
    admin = "https://${try(var.domains.admin, local.address.admin)}"
    voice = "https://${try(var.domains.voice, local.address.voice)}"
    media = "wss://${try(var.domains.media, local.address.voice-service)}"
  }

  # The words of `env` in services.json.
  values = { for name, unit in local.units : name => {
    project              = var.project_id
    model_location       = var.model_location
    database_instance    = module.database.connection_name
    database_name        = module.database.name
    db_user              = unit.db_user
    db_pool_size         = tostring(unit.db_pool_size)
    bucket               = module.storage.bucket
    cors_allowed_origins = join(",", var.cors_allowed_origins)
    proxies              = local.edge ? "2" : "1" # the load balancer names the caller and then itself
    voice_url            = local.urls.voice
    media_url            = local.urls.media
    builds_at_once       = tostring(local.units.knowledge.max)
    knowledge_job        = "projects/${var.project_id}/locations/${var.region}/jobs/${local.units.knowledge.name}"
  } }
  env = { for name, unit in local.units : name => merge(var.settings, {
    for variable, source in unit.wanted : variable => startswith(source, "=") ? substr(source, 1, -1) : local.values[name][source]
    if !contains(local.absent, source)
  }) }

  # Database connections if everything ran at its limit at once.
  connections = sum([for unit in values(local.units) : unit.max * unit.db_pool_size])
}
