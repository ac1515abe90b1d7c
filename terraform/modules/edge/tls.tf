# Certificates by DNS: they are issued before anything points here, so a move has no gap.
resource "google_certificate_manager_dns_authorization" "this" {
  for_each = var.domains
  project  = var.project
  name     = "${var.prefix}-${each.key}"
  domain   = each.value
}

resource "google_certificate_manager_certificate" "this" {
  project = var.project
  name    = var.prefix
  managed {
    domains            = values(var.domains)
    dns_authorizations = [for authorization in google_certificate_manager_dns_authorization.this : authorization.id]
  }
}

resource "google_certificate_manager_certificate_map" "this" {
  project = var.project
  name    = var.prefix
}

resource "google_certificate_manager_certificate_map_entry" "this" {
  for_each     = var.domains
  project      = var.project
  name         = "${var.prefix}-${each.key}"
  map          = google_certificate_manager_certificate_map.this.name
  hostname     = each.value
  certificates = [google_certificate_manager_certificate.this.id]
}

resource "google_compute_ssl_policy" "this" {
  project         = var.project
  name            = var.prefix
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_target_https_proxy" "this" {
  project         = var.project
  name            = var.prefix
  url_map         = google_compute_url_map.this.id
  certificate_map = "//certificatemanager.googleapis.com/${google_certificate_manager_certificate_map.this.id}"
  ssl_policy      = google_compute_ssl_policy.this.id
}

resource "google_compute_global_forwarding_rule" "https" {
  project               = var.project
  name                  = "${var.prefix}-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.this.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.this.id
}

resource "google_compute_url_map" "redirect" {
  project = var.project
  name    = "${var.prefix}-redirect"
  default_url_redirect {
    https_redirect         = true
    strip_query            = false
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
  }
}

resource "google_compute_target_http_proxy" "redirect" {
  project = var.project
  name    = "${var.prefix}-redirect"
  url_map = google_compute_url_map.redirect.id
}

resource "google_compute_global_forwarding_rule" "http" {
  project               = var.project
  name                  = "${var.prefix}-http"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.this.id
  port_range            = "80"
  target                = google_compute_target_http_proxy.redirect.id
}

locals {
  records = merge(
    { for name, domain in var.domains : "${name} A" => { name = "${domain}.", type = "A", data = google_compute_global_address.this.address } },
    { for name, authorization in google_certificate_manager_dns_authorization.this : "${name} CNAME" => {
      name = authorization.dns_resource_record[0].name
      type = authorization.dns_resource_record[0].type
      data = authorization.dns_resource_record[0].data
    } },
  )
}

resource "google_dns_record_set" "this" {
  for_each     = var.dns_zone == null ? {} : local.records
  project      = var.project
  managed_zone = var.dns_zone
  name         = each.value.name
  type         = each.value.type
  ttl          = 300
  rrdatas      = [each.value.data]
}

output "records" {
  description = "Records of the domains and of their certificates."
  value       = values(local.records)
}
