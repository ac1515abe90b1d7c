# A service account for each process, with the project-level roles that have no narrower form. Everything else is granted
# on the resource itself, by the module that makes it.
variable "project" {
  description = "Project's id."
  type        = string
}

variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "units" {
  description = "Processes: account id, and roles on the project."
  type        = map(object({ id = string, roles = list(string) }))
}

resource "google_service_account" "unit" {
  for_each     = var.units
  project      = var.project
  account_id   = each.value.id
  display_name = "${each.key} of the chatbot platform"
}

resource "google_project_iam_member" "unit" {
  for_each = merge([for name, unit in var.units : { for role in unit.roles : "${name} ${role}" => { unit = name, role = role } }]...)
  project  = var.project
  role     = each.value.role
  member   = google_service_account.unit[each.value.unit].member
}

# Builds the functions' images. New projects would otherwise build as the compute engine's account, which may do much.
resource "google_service_account" "builder" {
  project      = var.project
  account_id   = "${var.prefix}-builder"
  display_name = "Builds the functions of the chatbot platform"
}

resource "google_project_iam_member" "builder" {
  # The source is read from a bucket that the functions service makes for itself: it cannot be named here.
  for_each = toset(["roles/logging.logWriter", "roles/storage.objectViewer"])
  project  = var.project
  role     = each.key
  member   = google_service_account.builder.member
}

output "emails" {
  description = "By process."
  value       = { for name, account in google_service_account.unit : name => account.email }
}

output "members" {
  description = "By process, as IAM writes them."
  value       = { for name, account in google_service_account.unit : name => account.member }
}

output "builder" {
  description = "The builder: IAM's name, and the full name that builds want."
  value = {
    member = google_service_account.builder.member
    id     = "projects/${var.project}/serviceAccounts/${google_service_account.builder.email}"
  }
}
