# Promises about single resources, module by module: a test sees into the module it runs, not through another.
mock_provider "google" {
  source = "./tests/mocks"
}
mock_provider "time" {}

variables {
  project = "my-project"
  region  = "europe-west1"
  prefix  = "chatbot"
  protect = true
  kms_key = null
  network = { network = "projects/my-project/global/networks/chatbot", subnetwork = "projects/my-project/regions/europe-west1/subnetworks/chatbot-run", tag = "chatbot-run", mode = "PRIVATE_RANGES_ONLY" }
  image   = "europe-west1-docker.pkg.dev/my-project/chatbot/platform@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  edge    = false
}

run "database_is_private" {
  module {
    source = "./modules/database"
  }
  variables {
    network                = "projects/my-project/global/networks/chatbot"
    tier                   = "db-custom-2-8192"
    engine                 = "POSTGRES_18"
    ha                     = true
    pitr                   = true
    backups                = 30
    max_connections        = 400
    needed_connections     = 100
    users                  = ["chat"]
    accounts               = { chat = "chatbot-chat@my-project.iam.gserviceaccount.com" }
    owner_url_secret       = "projects/my-project/secrets/chatbot-database-owner-url"
    owner_password_version = 1
  }
  assert {
    condition     = !google_sql_database_instance.this.settings[0].ip_configuration[0].ipv4_enabled && google_sql_database_instance.this.settings[0].ip_configuration[0].private_network == "projects/my-project/global/networks/chatbot"
    error_message = "the database has a public address"
  }
  assert {
    condition     = length(google_sql_database_instance.this.settings[0].ip_configuration[0].authorized_networks) == 0
    error_message = "the database admits networks"
  }
  assert {
    condition     = google_sql_database_instance.this.settings[0].ip_configuration[0].ssl_mode == "ENCRYPTED_ONLY"
    error_message = "the database speaks in the clear"
  }
  assert {
    condition     = google_sql_database_instance.this.deletion_protection && google_sql_database_instance.this.settings[0].deletion_protection_enabled
    error_message = "one of the two protections is off"
  }
  assert {
    condition     = google_sql_database_instance.this.settings[0].availability_type == "REGIONAL" && google_sql_database_instance.this.settings[0].backup_configuration[0].point_in_time_recovery_enabled
    error_message = "ha or point-in-time recovery did not arrive"
  }
  assert {
    condition = alltrue([for name in ["cloudsql.iam_authentication", "log_checkpoints", "log_connections", "log_disconnections", "log_lock_waits"] :
    contains([for flag in google_sql_database_instance.this.settings[0].database_flags : flag.name if flag.value == "on"], name)])
    error_message = "a flag is off"
  }
  assert {
    condition     = google_sql_user.unit["chat"].type == "CLOUD_IAM_SERVICE_ACCOUNT" && google_sql_user.unit["chat"].name == "chatbot-chat@my-project.iam"
    error_message = "chat does not sign in as its service account"
  }
  assert {
    condition     = google_sql_user.owner.password == null && google_secret_manager_secret_version.owner_url.secret_data == null
    error_message = "the owner's password is in the state"
  }
}

run "redis_is_private" {
  module {
    source = "./modules/cache"
  }
  variables {
    network    = "projects/my-project/global/networks/chatbot"
    tier       = "STANDARD_HA"
    memory_gb  = 5
    url_secret = "projects/my-project/secrets/chatbot-redis-url"
  }
  assert {
    condition     = google_redis_instance.this.auth_enabled && google_redis_instance.this.transit_encryption_mode == "SERVER_AUTHENTICATION" && google_redis_instance.this.connect_mode == "PRIVATE_SERVICE_ACCESS"
    error_message = "Redis without password, TLS or on another network"
  }
  assert {
    condition     = google_redis_instance.this.deletion_protection && google_secret_manager_secret_version.url.secret_data == null
    error_message = "Redis unprotected, or its URL in the state"
  }
}

run "buckets_are_closed" {
  module {
    source = "./modules/storage"
  }
  variables {
    roles   = { chat = "roles/storage.objectViewer" }
    members = { chat = "serviceAccount:chatbot-chat@my-project.iam.gserviceaccount.com" }
    builder = "serviceAccount:chatbot-builder@my-project.iam.gserviceaccount.com"
    archive = { path = "services.json", digest = "0123456789abcdef0123" }
  }
  assert {
    condition     = alltrue([for bucket in google_storage_bucket.this : bucket.public_access_prevention == "enforced" && bucket.uniform_bucket_level_access && bucket.versioning[0].enabled && length(bucket.lifecycle_rule) > 0 && !bucket.force_destroy])
    error_message = "a bucket that can be made public, forgets, never tidies up or goes with its objects"
  }
  assert {
    condition     = google_storage_bucket_object.source.name == "functions-0123456789abcdef.zip"
    error_message = "the archive's name does not change with its content"
  }
}

run "secrets_are_read_by_who_needs_them" {
  command = plan # an ephemeral variable that is not set stops a test's apply
  module {
    source = "./modules/secrets"
  }
  variables {
    gemini_api_key         = null
    names                  = ["admin-api-key", "secrets-key"]
    readers                = { chat = ["secrets-key"], admin = ["admin-api-key", "secrets-key"] }
    members                = { chat = "serviceAccount:chat@my-project.iam.gserviceaccount.com", admin = "serviceAccount:admin@my-project.iam.gserviceaccount.com" }
    gemini_api_key_version = 1
  }
  assert {
    condition = { for name, grant in google_secret_manager_secret_iam_member.reader : name => split("@", grant.member)[0] } == {
      "chat secrets-key" = "serviceAccount:chat", "admin secrets-key" = "serviceAccount:admin", "admin admin-api-key" = "serviceAccount:admin"
    }
    error_message = "somebody reads a secret that is not theirs, or cannot read one that is"
  }
  assert {
    condition     = alltrue([for version in google_secret_manager_secret_version.generated : version.secret_data == null])
    error_message = "a generated secret is in the state"
  }
  assert {
    condition     = alltrue([for secret in google_secret_manager_secret.this : secret.deletion_protection])
    error_message = "a secret that can be deleted: what is sealed under it would be lost"
  }
}

run "network_lets_out_to_the_stores_only" {
  module {
    source = "./modules/network"
  }
  variables {
    static_egress_ip = false
  }
  assert {
    condition     = !google_compute_network.this.auto_create_subnetworks && output.egress.mode == "PRIVATE_RANGES_ONLY" && output.egress_ip == null
    error_message = "network"
  }
  assert {
    condition     = google_compute_firewall.nothing_else.direction == "EGRESS" && length(google_compute_firewall.nothing_else.deny) == 1 && contains(google_compute_firewall.nothing_else.destination_ranges, "10.0.0.0/8")
    error_message = "private neighbours can be reached"
  }
  assert {
    condition     = google_compute_firewall.stores.priority < google_compute_firewall.nothing_else.priority && google_compute_firewall.stores.destination_ranges == toset(["10.20.0.0/20"])
    error_message = "the stores cannot be reached, or more than they"
  }
}

run "functions_are_themselves" {
  module {
    source = "./modules/functions"
  }
  variables {
    functions = {
      chat = {
        name    = "chatbot-chat", account = "chatbot-chat@my-project.iam.gserviceaccount.com", env = { BUCKET = "b" }
        secrets = { SECRETS_KEY = { id = "projects/my-project/secrets/chatbot-secrets-key", version = "latest" } }
        memory  = "1Gi", cpu = "1", concurrency = 64, timeout_seconds = 300, min = 1, max = 10, public = true
      }
      worker = {
        name    = "chatbot-worker", account = "chatbot-worker@my-project.iam.gserviceaccount.com", env = {}
        secrets = {}
        memory  = "512Mi", cpu = "0.333", concurrency = 1, timeout_seconds = 120, min = 0, max = 2, public = false
      }
    }
    archive    = { bucket = "source", object = "functions-0123.zip" }
    builder    = "projects/my-project/serviceAccounts/chatbot-builder@my-project.iam.gserviceaccount.com"
    repository = "projects/my-project/locations/europe-west1/repositories/chatbot"
  }
  assert {
    condition     = alltrue([for name, function in google_cloudfunctions2_function.this : function.service_config[0].service_account_email == "chatbot-${name}@my-project.iam.gserviceaccount.com" && endswith(function.build_config[0].service_account, "chatbot-builder@my-project.iam.gserviceaccount.com")])
    error_message = "a function runs or is built as a default service account"
  }
  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.this : function.service_config[0].direct_vpc_egress == "VPC_EGRESS_PRIVATE_RANGES_ONLY" && length(function.service_config[0].direct_vpc_network_interface) == 1])
    error_message = "a function is outside of the private network"
  }
  assert {
    condition     = google_cloudfunctions2_function.this["chat"].service_config[0].secret_environment_variables[0].secret == "chatbot-secrets-key" && google_cloudfunctions2_function.this["chat"].service_config[0].environment_variables["THREADS"] == "64"
    error_message = "secret or threads"
  }
  assert {
    condition     = google_cloudfunctions2_function.this["chat"].service_config[0].min_instance_count == 1 && google_cloudfunctions2_function.this["chat"].build_config[0].environment_variables["GOOGLE_FUNCTION_SOURCE"] == "functions/chat/main.py"
    error_message = "warmth or entry point"
  }
  assert {
    condition     = keys(google_cloud_run_v2_service_iam_member.public) == ["chat"] && google_cloudfunctions2_function.this["worker"].service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
    error_message = "the worker can be called from outside"
  }
}

run "only_the_scheduler_calls_the_worker" {
  module {
    source = "./modules/schedules"
  }
  variables {
    worker  = { name = "chatbot-worker", uri = "https://chatbot-worker-123456789012.europe-west1.run.app" }
    seconds = 50
  }
  assert {
    condition     = google_cloud_run_v2_service_iam_member.scheduler.member == google_service_account.scheduler.member && google_cloud_run_v2_service_iam_member.scheduler.role == "roles/run.invoker"
    error_message = "the scheduler may not call the worker, or not only it"
  }
  assert {
    condition     = google_cloud_scheduler_job.worker.schedule == "* * * * *" && google_cloud_scheduler_job.worker.http_target[0].oidc_token[0].audience == "https://chatbot-worker-123456789012.europe-west1.run.app"
    error_message = "not every minute, or without a token for the worker"
  }
  assert {
    condition     = base64decode(google_cloud_scheduler_job.worker.http_target[0].body) == "{\"seconds\":50}"
    error_message = "the body the worker expects"
  }
}

run "voice_holds_a_call" {
  module {
    source = "./modules/voice"
  }
  variables {
    service = {
      name    = "chatbot-voice-service", account = "chatbot-voice-service@my-project.iam.gserviceaccount.com", env = { BUCKET = "b" }
      secrets = { SECRETS_KEY = { id = "projects/my-project/secrets/chatbot-secrets-key", version = "latest" } }
      args    = ["-m", "voice_service"], memory = "1Gi", cpu = "1", concurrency = 60, timeout_seconds = 3600, min = 2, max = 10
    }
  }
  assert {
    condition     = google_cloud_run_v2_service.this.template[0].timeout == "3600s" && google_cloud_run_v2_service.this.template[0].session_affinity && !google_cloud_run_v2_service.this.template[0].containers[0].resources[0].cpu_idle
    error_message = "a call would be cut, or starve between requests"
  }
  assert {
    condition     = google_cloud_run_v2_service.this.template[0].scaling[0].min_instance_count == 2 && google_cloud_run_v2_service.this.template[0].max_instance_request_concurrency == 60 && google_cloud_run_v2_service.this.deletion_protection
    error_message = "instances, concurrency or protection"
  }
  assert {
    condition     = google_cloud_run_v2_service.this.template[0].vpc_access[0].egress == "PRIVATE_RANGES_ONLY" && google_cloud_run_v2_service.this.template[0].service_account == "chatbot-voice-service@my-project.iam.gserviceaccount.com"
    error_message = "network or account"
  }
  assert {
    condition     = [for env in google_cloud_run_v2_service.this.template[0].containers[0].env : env.name if length(env.value_source) > 0] == ["SECRETS_KEY"]
    error_message = "a secret is a plain variable"
  }
}

run "jobs_run_once" {
  module {
    source = "./modules/jobs"
  }
  variables {
    jobs = { knowledge = {
      name = "chatbot-knowledge", account = "chatbot-knowledge@my-project.iam.gserviceaccount.com", env = { BUCKET = "b" }, secrets = {}
      args = ["-m", "shared.jobs.build_knowledge"], memory = "2Gi", cpu = "1", timeout_seconds = 7200
    } }
    starters = {
      admin  = "serviceAccount:chatbot-admin@my-project.iam.gserviceaccount.com"
      worker = "serviceAccount:chatbot-worker@my-project.iam.gserviceaccount.com"
    }
  }
  assert {
    condition     = google_cloud_run_v2_job.this["knowledge"].template[0].template[0].max_retries == 0 && google_cloud_run_v2_job.this["knowledge"].template[0].template[0].vpc_access[0].egress == "PRIVATE_RANGES_ONLY" && google_cloud_run_v2_job.this["knowledge"].deletion_protection
    error_message = "retries, network or protection"
  }
  assert {
    condition     = google_cloud_run_v2_job.this["knowledge"].template[0].template[0].service_account == "chatbot-knowledge@my-project.iam.gserviceaccount.com" && tomap({ for name, grant in google_cloud_run_v2_job_iam_member.starter : name => grant.member }) == var.starters
    error_message = "account, or who may start it"
  }
}

run "edge_guards_and_caches" {
  module {
    source = "./modules/edge"
  }
  variables {
    domains             = { chat = "chat.example.com", admin = "admin.example.com", voice = "voice.example.com", media = "media.example.com" }
    services            = { chat = "chatbot-chat", admin = "chatbot-admin", voice = "chatbot-voice", media = "chatbot-voice-service" }
    dns_zone            = "example"
    requests_per_minute = 300
  }
  assert {
    condition     = alltrue([for name, backend in google_compute_backend_service.this : backend.enable_cdn == (name == "widget")])
    error_message = "the CDN is for the widget and for nothing else: answers are private"
  }
  assert {
    condition     = length(google_dns_record_set.this) == 8 && google_compute_ssl_policy.this.min_tls_version == "TLS_1_2"
    error_message = "records or TLS"
  }
}
