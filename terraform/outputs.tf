output "urls" {
  description = "Where everything answers; media is the phone's socket."
  value       = local.urls
}

output "embed_snippet" {
  description = "What a business puts on its pages."
  value       = "<script src=\"${local.urls.chat}/widget.js\" data-business-id=\"BUSINESS_ID\" defer></script>"
}

output "twilio_webhooks" {
  description = "What a phone number calls (all POST). POST /v1/businesses/{id}/voice/configure sets them."
  value = {
    incoming = "${local.urls.voice}/voice/incoming"
    fallback = "${local.urls.voice}/voice/fallback"
    status   = "${local.urls.voice}/voice/status"
  }
}

output "admin_key_secret" {
  description = "Secret with the first platform key: gcloud secrets versions access latest --secret=NAME"
  value       = module.secrets.names["admin-api-key"]
}

output "bucket" {
  description = "Bucket of indexes, uploads and spoken texts."
  value       = module.storage.bucket
}

output "database_instance" {
  description = "Cloud SQL's PROJECT:REGION:NAME."
  value       = module.database.connection_name
}

output "image_repository" {
  description = "Where the image of voice service and jobs is pushed."
  value       = module.registry.path
}

output "jobs" {
  description = "Jobs by name in services.json: gcloud run jobs execute NAME --wait"
  value       = { for name in keys(local.table.jobs) : name => local.units[name].name if var.image != null }
}

output "service_accounts" {
  description = "Who everything runs as."
  value       = module.identities.emails
}

output "dns_records" {
  description = "Records to make by hand when dns_zone is null."
  value       = local.edge && var.dns_zone == null ? module.edge[0].records : []
}

output "egress_ip" {
  description = "The fixed address, with static_egress_ip."
  value       = module.network.egress_ip
}
