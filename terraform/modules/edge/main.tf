# A load balancer in front of everything: own domains, Cloud Armor, and a CDN for the widget.
variable "project" {
  description = "Project's id."
  type        = string
}

variable "region" {
  description = "Region of the services behind it."
  type        = string
}

variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "domains" {
  description = "Domain by service."
  type        = map(string)
}

variable "services" {
  description = "Cloud Run's name by service."
  type        = map(string)
}

variable "dns_zone" {
  description = "Cloud DNS zone for the records, or null."
  type        = string
}

variable "requests_per_minute" {
  description = "What one address may do."
  type        = number
}

locals {
  # The widget is chat's, but cacheable: a backend of its own on the same service.
  backends = merge({ for name in keys(var.domains) : name => name }, { widget = "chat" })
  # Calls of a whole city come from a few addresses of Twilio's, and a socket is one request.
  limits = { web = var.requests_per_minute, phone = 6000 }
}

resource "google_compute_global_address" "this" {
  project = var.project
  name    = "${var.prefix}-edge"
}

resource "google_compute_region_network_endpoint_group" "this" {
  for_each              = var.domains
  project               = var.project
  name                  = "${var.prefix}-${each.key}"
  region                = var.region
  network_endpoint_type = "SERVERLESS"
  cloud_run {
    service = var.services[each.key]
  }
}

resource "google_compute_security_policy" "this" {
  for_each = local.limits
  project  = var.project
  name     = "${var.prefix}-${each.key}"

  adaptive_protection_config {
    layer_7_ddos_defense_config {
      enable = true
    }
  }

  # Only signatures of known holes: what visitors write looks like SQL and scripts often enough.
  rule {
    priority = 100
    action   = "deny(403)"
    match {
      expr {
        expression = "evaluatePreconfiguredWaf('cve-canary', {'sensitivity': 1})"
      }
    }
  }

  rule {
    priority = 200
    action   = "throttle"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = each.value
        interval_sec = 60
      }
    }
  }

  rule {
    priority = 2147483647
    action   = "allow"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}

resource "google_compute_backend_service" "this" {
  for_each              = local.backends
  project               = var.project
  name                  = "${var.prefix}-${each.key}"
  protocol              = "HTTPS"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  security_policy       = google_compute_security_policy.this[contains(["voice", "media"], each.key) ? "phone" : "web"].id
  enable_cdn            = each.key == "widget"

  backend {
    group = google_compute_region_network_endpoint_group.this[each.value].id
  }

  dynamic "cdn_policy" {
    for_each = each.key == "widget" ? [1] : []
    content {
      cache_mode        = "USE_ORIGIN_HEADERS" # chat says how long
      serve_while_stale = 86400
      cache_key_policy {
        include_host         = true
        include_protocol     = true
        include_query_string = true
      }
    }
  }

  log_config {
    enable      = true
    sample_rate = 0.1
  }
}

resource "google_compute_url_map" "this" {
  project         = var.project
  name            = var.prefix
  default_service = google_compute_backend_service.this["chat"].id

  dynamic "host_rule" {
    for_each = var.domains
    content {
      hosts        = [host_rule.value]
      path_matcher = host_rule.key
    }
  }

  dynamic "path_matcher" {
    for_each = var.domains
    content {
      name            = path_matcher.key
      default_service = google_compute_backend_service.this[path_matcher.key].id

      dynamic "path_rule" {
        for_each = path_matcher.key == "chat" ? [1] : []
        content {
          paths   = ["/widget.js"]
          service = google_compute_backend_service.this["widget"].id
        }
      }
    }
  }
}
