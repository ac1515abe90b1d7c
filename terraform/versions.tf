terraform {
  required_version = ">= 1.11" # write-only arguments: secrets that never enter the state

  required_providers {
    google  = { source = "hashicorp/google", version = ">= 7.46, < 9.0" }
    random  = { source = "hashicorp/random", version = "~> 3.7" }
    archive = { source = "hashicorp/archive", version = "~> 2.7" }
    time    = { source = "hashicorp/time", version = "~> 0.13" }
  }

  # terraform init -backend-config="bucket=..." -backend-config="prefix=prod"; the bucket is made by bootstrap/.
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.region
  # Budgets count quota against a project; without these two lines they are refused to a person's own credentials.
  user_project_override = true
  billing_project       = var.project_id
  default_labels        = { app = var.prefix, profile = var.profile }
}
