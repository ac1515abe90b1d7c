# The private network: functions enter it to reach Postgres and Redis, and may reach nothing else in it.
variable "project" {
  description = "Project's id."
  type        = string
}

variable "region" {
  description = "Region of the subnet."
  type        = string
}

variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "static_egress_ip" {
  description = "Whether all traffic leaves through one fixed address."
  type        = bool
}

locals {
  tag     = "${var.prefix}-run"
  private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
}

resource "google_compute_network" "this" {
  project                 = var.project
  name                    = var.prefix
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "run" {
  project                  = var.project
  name                     = "${var.prefix}-run"
  network                  = google_compute_network.this.id
  region                   = var.region
  ip_cidr_range            = "10.10.0.0/23" # about four addresses an instance: 120 instances
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.1
    metadata             = "EXCLUDE_ALL_METADATA"
  }
}

# Postgres and Redis live in Google's own network, which is peered with ours.
resource "google_compute_global_address" "services" {
  project       = var.project
  name          = "${var.prefix}-services"
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  address       = "10.20.0.0"
  prefix_length = 20
  network       = google_compute_network.this.id
}

resource "google_service_networking_connection" "services" {
  network                 = google_compute_network.this.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.services.name]
  deletion_policy         = "ABANDON" # what was peered lingers for hours and would hold up a destroy
}

# A crawl or a webhook that slips past the platform's own check still finds no private neighbour.
resource "google_compute_firewall" "stores" {
  project            = var.project
  name               = "${var.prefix}-run-to-stores"
  network            = google_compute_network.this.id
  direction          = "EGRESS"
  priority           = 900
  destination_ranges = ["${google_compute_global_address.services.address}/${google_compute_global_address.services.prefix_length}"]
  target_tags        = [local.tag]

  allow {
    protocol = "tcp"
    ports    = ["3307", "5432", "6378"] # Cloud SQL's connector, Postgres, Redis over TLS
  }
}

resource "google_compute_firewall" "nothing_else" {
  project            = var.project
  name               = "${var.prefix}-run-to-nothing-else"
  network            = google_compute_network.this.id
  direction          = "EGRESS"
  priority           = 1000
  destination_ranges = local.private
  target_tags        = [local.tag]

  deny {
    protocol = "all"
  }
}

resource "google_compute_address" "egress" {
  count   = var.static_egress_ip ? 1 : 0
  project = var.project
  name    = "${var.prefix}-egress"
  region  = var.region
}

resource "google_compute_router" "egress" {
  count   = var.static_egress_ip ? 1 : 0
  project = var.project
  name    = "${var.prefix}-egress"
  region  = var.region
  network = google_compute_network.this.id
}

resource "google_compute_router_nat" "egress" {
  count                              = var.static_egress_ip ? 1 : 0
  project                            = var.project
  name                               = "${var.prefix}-egress"
  region                             = var.region
  router                             = google_compute_router.egress[0].name
  nat_ip_allocate_option             = "MANUAL_ONLY"
  nat_ips                            = [google_compute_address.egress[0].self_link]
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"
  enable_dynamic_port_allocation     = true # a voice instance alone holds hundreds of connections

  subnetwork {
    name                    = google_compute_subnetwork.run.id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }
}

output "egress" {
  description = "How a process enters the network: Direct VPC egress."
  value = {
    network    = google_compute_network.this.id
    subnetwork = google_compute_subnetwork.run.id
    tag        = local.tag
    mode       = var.static_egress_ip ? "ALL_TRAFFIC" : "PRIVATE_RANGES_ONLY"
  }
}

output "peered_network" {
  description = "The network's id, once stores can be put beside it."
  value       = google_compute_network.this.id
  depends_on  = [google_service_networking_connection.services]
}

output "egress_ip" {
  description = "The fixed address, or null."
  value       = one(google_compute_address.egress[*].address)
}
