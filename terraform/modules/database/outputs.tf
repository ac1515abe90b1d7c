output "connection_name" {
  description = "PROJECT:REGION:NAME, once everybody can sign in."
  value       = google_sql_database_instance.this.connection_name
  depends_on  = [google_sql_user.unit, google_sql_database.this]
}

output "instance" {
  description = "The instance's name."
  value       = google_sql_database_instance.this.name
}

output "name" {
  description = "The database's name."
  value       = google_sql_database.this.name
}

output "owner_url_version" {
  description = "Number of the secret's version."
  value       = google_secret_manager_secret_version.owner_url.version
}
