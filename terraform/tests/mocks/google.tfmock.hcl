# Computed values in the shapes the real provider insists on, also of mocks.
mock_data "google_project" {
  defaults = { number = "123456789012" }
}

mock_resource "google_service_account" {
  defaults = {
    email  = "chatbot-mocked@my-project.iam.gserviceaccount.com"
    member = "serviceAccount:chatbot-mocked@my-project.iam.gserviceaccount.com"
  }
}

mock_resource "google_compute_network" {
  defaults = { id = "projects/my-project/global/networks/chatbot" }
}

mock_resource "google_compute_subnetwork" {
  defaults = { id = "projects/my-project/regions/europe-west1/subnetworks/chatbot-run" }
}

mock_resource "google_artifact_registry_repository" {
  defaults = { id = "projects/my-project/locations/europe-west1/repositories/chatbot" }
}

mock_resource "google_secret_manager_secret" {
  defaults = { id = "projects/my-project/secrets/chatbot-mocked" }
}

mock_resource "google_secret_manager_secret_version" {
  defaults = { version = "7" }
}

mock_resource "google_sql_database_instance" {
  defaults = { connection_name = "my-project:europe-west1:chatbot-mocked", private_ip_address = "10.20.0.3" }
}

mock_resource "google_redis_instance" {
  defaults = {
    host            = "10.20.0.4"
    port            = 6378
    auth_string     = "mocked"
    server_ca_certs = [{ cert = "-----BEGIN CERTIFICATE-----\nmocked\n-----END CERTIFICATE-----", sha1_fingerprint = "mocked" }]
  }
}

mock_resource "google_cloudfunctions2_function" {
  defaults = { service_config = { uri = "https://chatbot-mocked-123456789012.europe-west1.run.app" } }
}

mock_resource "google_logging_project_bucket_config" {
  defaults = { id = "projects/my-project/locations/europe-west1/buckets/chatbot-kept" }
}

mock_resource "google_certificate_manager_dns_authorization" {
  defaults = { dns_resource_record = [{ name = "_acme-challenge.example.com.", type = "CNAME", data = "mocked.authorize.example.com." }] }
}

mock_resource "google_compute_global_address" {
  defaults = { address = "203.0.113.1" }
}

mock_resource "google_monitoring_notification_channel" {
  defaults = { id = "projects/my-project/notificationChannels/1" }
}
