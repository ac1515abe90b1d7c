# The whole deployment, profile by profile: what everybody gets, who may call whom, what it may cost.
mock_provider "google" {
  source = "./tests/mocks"
}
mock_provider "time" {}

variables {
  project_id  = "my-project"
  alert_email = "ops@example.com"
  image       = "europe-west1-docker.pkg.dev/my-project/chatbot/platform@sha256:0000000000000000000000000000000000000000000000000000000000000000"
}

run "dev_costs_next_to_nothing" {
  command = plan
  variables {
    profile = "dev"
  }
  assert {
    condition     = alltrue([for unit in values(local.deployed) : unit.min == 0])
    error_message = "dev keeps an instance warm: ${join(", ", [for name, unit in local.deployed : name if unit.min > 0])}"
  }
  assert {
    condition     = local.profile.sql_tier == "db-f1-micro" && !local.profile.sql_ha && local.redis_gb == 0 && length(module.cache) == 0
    error_message = "dev has more than the smallest database, or Redis"
  }
  assert {
    condition     = !local.protect
    error_message = "dev cannot be destroyed"
  }
  assert {
    condition     = !anytrue([for unit in values(local.deployed) : contains(keys(unit.secrets), "REDIS_URL")])
    error_message = "somebody is given a Redis that is not there"
  }
  assert {
    condition     = local.deployed["chat"].max == 1
    error_message = "without Redis two instances would not know each other's conversations"
  }
}

run "prod_is_warm_and_protected" {
  command = plan
  variables {
    profile = "prod"
  }
  assert {
    condition     = { for name, unit in local.deployed : name => unit.min if unit.min > 0 } == { chat = 1, voice = 1, voice-service = 1 }
    error_message = "warm in prod: what a person waits for, and nothing else"
  }
  assert {
    condition     = local.protect && local.profile.sql_pitr && local.redis_gb > 0
    error_message = "prod is unprotected, without point-in-time recovery or without Redis"
  }
}

run "ha_survives_a_zone" {
  command = plan
  variables {
    profile = "ha"
  }
  assert {
    condition     = alltrue([for name in ["chat", "voice", "voice-service"] : local.deployed[name].min >= 2])
    error_message = "one instance can be in one zone only"
  }
  assert {
    condition     = local.protect && local.profile.sql_ha && local.profile.sql_pitr && local.profile.redis_tier == "STANDARD_HA"
    error_message = "ha has something in one zone only, or unprotected"
  }
}

run "everybody_gets_their_environment" {
  command = plan
  variables {
    profile = "prod"
  }
  assert {
    condition = alltrue([for name, row in local.rows : toset(keys(local.deployed[name].env)) == toset(concat(
    keys(row.env), flatten([for group in row.groups : keys(local.groups[group].env)])))])
    error_message = "an environment differs from services.json"
  }
  assert {
    condition = alltrue([for name, row in local.rows : toset(keys(local.deployed[name].secrets)) == toset(concat(
    keys(row.secrets), flatten([for group in row.groups : keys(local.groups[group].secrets)])))])
    error_message = "secrets differ from services.json"
  }
  assert {
    condition     = alltrue(flatten([for unit in values(local.deployed) : [for variable, value in unit.env : value != null if variable != "CLOUD_SQL_INSTANCE"]]))
    error_message = "a variable without a value"
  }
  assert {
    condition = length(setintersection(
      flatten([for unit in values(local.deployed) : keys(unit.env)]),
      ["SECRETS_KEY", "ADMIN_API_KEY", "GEMINI_API_KEY", "REDIS_URL", "DATABASE_URL"],
    )) == 0
    error_message = "a secret as a plain variable"
  }
  assert {
    condition     = [for name, unit in local.deployed : name if contains(keys(unit.secrets), "DATABASE_URL")] == ["logins", "migrate"]
    error_message = "the database's owner is for migrations and logins alone"
  }
  assert {
    condition     = [for name, unit in local.deployed : name if contains(keys(unit.secrets), "ADMIN_API_KEY")] == ["admin"]
    error_message = "the platform's key is for admin alone"
  }
  assert {
    condition     = local.deployed["voice"].env["VOICE_SERVICE_URL"] == "wss://chatbot-voice-service-123456789012.europe-west1.run.app"
    error_message = "the voice function does not know where the socket is"
  }
  assert {
    condition     = local.deployed["voice"].env["PUBLIC_VOICE_URL"] == local.deployed["admin"].env["PUBLIC_VOICE_URL"]
    error_message = "admin would tell Twilio other webhooks than those whose signatures voice checks"
  }
  assert {
    condition     = alltrue([for name in ["admin", "worker", "knowledge"] : local.deployed[name].env["BUILDS_AT_ONCE"] == tostring(local.units.knowledge.max) && contains(keys(local.deployed[name].env), "INGESTION_JOB")])
    error_message = "who starts builds, and how many at once"
  }
  assert {
    condition     = local.deployed["admin"].env["INGESTION_JOB"] == "projects/my-project/locations/europe-west1/jobs/${module.jobs[0].names["knowledge"]}"
    error_message = "admin would start another job than the one there is"
  }
  assert {
    condition     = local.deployed["chat"].env["DB_USER"] == "chatbot-chat@my-project.iam" && local.deployed["chat"].env["TRUSTED_PROXY_DEPTH"] == "1"
    error_message = "chat's login or its trust in proxies"
  }
  assert {
    condition     = output.admin_key_secret == "chatbot-admin-api-key" && startswith(output.twilio_webhooks.incoming, "https://chatbot-voice-") && strcontains(output.embed_snippet, "/widget.js")
    error_message = "outputs"
  }
}

run "only_who_should_is_public" {
  command = plan
  variables {
    profile = "prod"
  }
  assert {
    condition     = [for name, unit in local.deployed : name if unit.public] == ["admin", "chat", "voice", "voice-service"]
    error_message = "somebody is public who should not be, or the other way round"
  }
  assert {
    condition     = alltrue(flatten([for unit in values(local.units) : [for role in unit.roles : !contains(["roles/owner", "roles/editor", "roles/viewer"], role) && !strcontains(role, "admin")]]))
    error_message = "a role of the project that is too wide"
  }
  assert {
    condition     = [for name, unit in local.units : name if unit.database == "platform"] == ["admin", "reembed", "rotate", "worker"]
    error_message = "somebody else may see every business's rows"
  }
}

run "what_the_operator_sets_arrives" {
  command = plan
  variables {
    profile         = "prod"
    scale           = { chat = { min = 3 }, voice-service = { min = 0 } }
    settings        = { LOG_LEVEL = "DEBUG" }
    secret_versions = { secrets-key = "2" }
    redis_memory_gb = 2
  }
  assert {
    condition     = local.deployed["chat"].min == 3 && local.deployed["chat"].max == 10 && local.deployed["voice-service"].min == 0
    error_message = "scale"
  }
  assert {
    condition     = alltrue([for unit in values(local.deployed) : unit.env["LOG_LEVEL"] == "DEBUG"]) && local.redis_gb == 2
    error_message = "settings or the size of Redis"
  }
  assert {
    condition     = local.deployed["chat"].secrets["SECRETS_KEY"].version == "2" && local.deployed["admin"].secrets["ADMIN_API_KEY"].version == "latest"
    error_message = "a pinned version"
  }
}

run "without_an_image_the_rest_stands" {
  command = plan
  variables {
    profile = "dev"
    image   = null
  }
  assert {
    condition     = length(module.voice) == 0 && length(module.jobs) == 0 && length(output.jobs) == 0
    error_message = "something wants an image that is not there yet"
  }
  assert {
    condition     = !contains(keys(local.deployed["voice"].env), "VOICE_SERVICE_URL") && !contains(keys(local.deployed["admin"].env), "INGESTION_JOB")
    error_message = "a process is sent to what is not there"
  }
}

run "behind_the_load_balancer" {
  command = plan
  variables {
    profile        = "ha"
    model_access   = "key"
    gemini_api_key = "a-key-of-a-test"
    domains        = { chat = "chat.example.com", admin = "admin.example.com", voice = "voice.example.com", media = "media.example.com" }
  }
  assert {
    condition     = output.urls.media == "wss://media.example.com" && length(output.dns_records) == 8
    error_message = "domains"
  }
  assert {
    condition     = local.deployed["chat"].env["TRUSTED_PROXY_DEPTH"] == "2"
    error_message = "every visitor would have the load balancer's address, and share one rate limit"
  }
  assert {
    condition     = contains(keys(local.deployed["chat"].secrets), "GEMINI_API_KEY") && !contains(local.units["chat"].roles, "roles/aiplatform.user")
    error_message = "with a key nobody needs Vertex"
  }
}
