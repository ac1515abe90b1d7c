# Mistakes that are told before anything is made.
mock_provider "google" {
  source = "./tests/mocks"
}
mock_provider "time" {}

variables {
  project_id  = "my-project"
  profile     = "prod"
  alert_email = "ops@example.com"
}

run "unknown_profile" {
  command = plan
  variables {
    profile = "production"
  }
  expect_failures = [var.profile]
}

run "project_number_for_its_id" {
  command = plan
  variables {
    project_id = "123456789012"
  }
  expect_failures = [var.project_id]
}

run "zone_for_a_region" {
  command = plan
  variables {
    region = "europe-west1-b"
  }
  expect_failures = [var.region]
}

run "prefix_too_long_for_accounts" {
  command = plan
  variables {
    prefix = "our-chatbot-platform"
  }
  expect_failures = [var.prefix]
}

run "image_by_tag" {
  command = plan
  variables {
    image = "europe-west1-docker.pkg.dev/my-project/chatbot/platform:latest"
  }
  expect_failures = [var.image]
}

run "missing_gemini_key" {
  command = plan
  variables {
    model_access = "key"
  }
  expect_failures = [var.gemini_api_key]
}

run "prod_without_redis" {
  command = plan
  variables {
    redis_memory_gb = 0
  }
  expect_failures = [var.redis_memory_gb]
}

run "prod_that_tells_nobody" {
  command = plan
  variables {
    alert_email = null
  }
  expect_failures = [var.alert_email]
}

run "secret_as_a_setting" {
  command = plan
  variables {
    settings = { SECRETS_KEY = "0123456789012345678901234567890123456789" }
  }
  expect_failures = [var.settings]
}

run "version_of_a_secret_that_is_terraforms" {
  command = plan
  variables {
    secret_versions = { "redis-url" = "2" }
  }
  expect_failures = [var.secret_versions]
}

run "stand_in_in_the_cloud" {
  command = plan
  variables {
    settings = { STORAGE_EMULATOR_HOST = "http://127.0.0.1:8086" }
  }
  expect_failures = [var.settings]
}

run "origin_with_a_path" {
  command = plan
  variables {
    cors_allowed_origins = ["https://www.example.com/shop"]
  }
  expect_failures = [var.cors_allowed_origins]
}

run "fewer_at_most_than_at_least" {
  command = plan
  variables {
    scale = { chat = { min = 5, max = 2 } }
  }
  expect_failures = [var.scale]
}

run "at_least_more_than_the_profile_has_at_most" {
  command = plan
  variables {
    scale = { chat = { min = 11 } }
  }
  expect_failures = [var.scale]
}

run "scale_of_nobody" {
  command = plan
  variables {
    scale = { chatt = { max = 2 } }
  }
  expect_failures = [var.scale]
}

run "postgres_too_old" {
  command = plan
  variables {
    database_version = "POSTGRES_15"
  }
  expect_failures = [var.database_version]
}

run "two_services_under_one_domain" {
  command = plan
  variables {
    domains = { chat = "a.example.com", admin = "a.example.com", voice = "b.example.com", media = "c.example.com" }
  }
  expect_failures = [var.domains]
}

run "more_connections_than_postgres_takes" {
  command = plan
  module {
    source = "./modules/database"
  }
  variables {
    project                = "my-project"
    region                 = "europe-west1"
    prefix                 = "chatbot"
    network                = "projects/my-project/global/networks/chatbot"
    tier                   = "db-f1-micro"
    engine                 = "POSTGRES_18"
    ha                     = false
    pitr                   = false
    backups                = 7
    max_connections        = 50
    needed_connections     = 41
    users                  = []
    accounts               = {}
    owner_url_secret       = "projects/my-project/secrets/chatbot-database-owner-url"
    owner_password_version = 1
    protect                = false
    kms_key                = null
  }
  expect_failures = [google_sql_database_instance.this]
}
