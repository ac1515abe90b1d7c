variable "project" {
  description = "Project's id."
  type        = string
}

variable "region" {
  description = "Region of the instance."
  type        = string
}

variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "network" {
  description = "Id of the network that is peered with Google's services."
  type        = string
}

variable "tier" {
  description = "Machine."
  type        = string
}

variable "engine" {
  description = "Postgres' version, as Cloud SQL writes it."
  type        = string
}

variable "ha" {
  description = "Whether a second zone stands by."
  type        = bool
}

variable "pitr" {
  description = "Whether any moment of the last seven days can be had back."
  type        = bool
}

variable "backups" {
  description = "Daily backups that are kept."
  type        = number
}

variable "max_connections" {
  description = "Connections that Postgres accepts."
  type        = number
}

variable "needed_connections" {
  description = "Connections of all processes at their limits."
  type        = number
}

variable "users" {
  description = "Processes that sign in with their service account."
  type        = set(string)
}

variable "accounts" {
  description = "Address of each process's service account."
  type        = map(string)
}

variable "owner_url_secret" {
  description = "Full name of the secret for the owner's DATABASE_URL."
  type        = string
}

variable "owner_password_version" {
  description = "Raised to make another password."
  type        = number
}

variable "protect" {
  description = "Whether the instance refuses to be deleted, by Terraform and by Google."
  type        = bool
}

variable "kms_key" {
  description = "Key that encrypts the disk, or null."
  type        = string
}
