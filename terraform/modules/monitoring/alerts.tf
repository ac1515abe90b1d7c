# One row an alert: what is compared, with what, for how long, and what to do about it.
locals {
  run = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name"
  web = "one_of(${join(", ", [for name in ["chat", "admin", "voice"] : "\"${var.services[name].name}\""])})"

  # Not every deployment has all of them to watch.
  watched = {
    uptime     = length(var.uptime_hosts) > 0
    redis      = var.redis
    jobs       = length(var.jobs) > 0
    calls-full = length(var.jobs) > 0
  }
  media = try(var.services["voice-service"], { name = "", max = 1 })

  alerts = {
    errors = {
      title  = "More than one request in twenty fails"
      filter = "${local.run}=${local.web} AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"5xx\""
      ratio  = "${local.run}=${local.web} AND metric.type=\"run.googleapis.com/request_count\""
      group  = ["resource.label.service_name"]
      align  = "ALIGN_RATE", reduce = "REDUCE_SUM", above = 0.05, seconds = 300
      do     = "Open the service's logs at severity>=ERROR, and /health for the dependency that is down. After a deployment: send the traffic back to the revision before."
    }
    slow = {
      title  = "One answer in twenty takes longer than fifteen seconds"
      filter = "${local.run}=\"${var.services["chat"].name}\" AND metric.type=\"run.googleapis.com/request_latencies\""
      align  = "ALIGN_PERCENTILE_95", reduce = "REDUCE_MAX", above = 15000, seconds = 600
      do     = "Compare timings_ms of slow turns (POST .../inspect). Usually the model: look at its provider's status. Else the database's CPU and connections."
    }
    log-errors = {
      title  = "Errors are logged"
      filter = "metric.type=\"logging.googleapis.com/user/${google_logging_metric.errors.name}\" AND resource.type=\"cloud_run_revision\""
      align  = "ALIGN_SUM", reduce = "REDUCE_SUM", above = 10, seconds = 300
      do     = "severity>=ERROR in the logs; the field `event` says what, `request_id` and `business_id` whose."
    }
    full = {
      title  = "A service runs at its limit of instances"
      filter = "${local.run}=\"${var.services["chat"].name}\" AND metric.type=\"run.googleapis.com/container/instance_count\""
      align  = "ALIGN_MAX", reduce = "REDUCE_SUM", above = var.services["chat"].max * 0.8, seconds = 300
      do     = "Raise var.scale for chat. Terraform says whether the database has the connections; if not, a larger tier first."
    }
    sql-cpu = {
      title  = "The database is busy"
      filter = "${local.sql} AND metric.type=\"cloudsql.googleapis.com/database/cpu/utilization\""
      align  = "ALIGN_MEAN", reduce = "REDUCE_MAX", above = 0.8, seconds = 600
      do     = "Query Insights shows which statement. A larger sql_tier restarts the instance: under a minute with ha."
    }
    sql-disk = {
      title  = "The database's disk fills faster than it grows"
      filter = "${local.sql} AND metric.type=\"cloudsql.googleapis.com/database/disk/utilization\""
      align  = "ALIGN_MEAN", reduce = "REDUCE_MAX", above = 0.9, seconds = 600
      do     = "It grows by itself at 90 %. If it does not: write-ahead logs held back by a stuck replica or a long transaction."
    }
    sql-connections = {
      title  = "The database's connections run out"
      filter = "${local.sql} AND metric.type=\"cloudsql.googleapis.com/database/postgresql/num_backends\""
      align  = "ALIGN_MEAN", reduce = "REDUCE_SUM", above = var.sql_connections * 0.85, seconds = 300
      do     = "Two revisions at once, or somebody's own sessions: pg_stat_activity by application_name. Else lower max or db_pool_size."
    }
    uptime = {
      title  = "Not reachable from the internet"
      filter = "resource.type=\"uptime_url\" AND metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\""
      group  = ["resource.label.host"]
      align  = "ALIGN_FRACTION_TRUE", reduce = "REDUCE_MEAN", below = 0.7, seconds = 180
      do     = "GET /health of that host. 503: the database is down. Nothing at all: the last deployment, the domain, the certificate."
    }
    redis = {
      title  = "Redis is nearly full"
      filter = "resource.type=\"redis_instance\" AND metric.type=\"redis.googleapis.com/stats/memory/usage_ratio\""
      align  = "ALIGN_MEAN", reduce = "REDUCE_MAX", above = 0.85, seconds = 600
      do     = "Raise redis_memory_gb, or lower SESSION_TTL_SECONDS. When it is full the oldest conversations are forgotten first."
    }
    jobs = {
      title  = "A job failed"
      filter = "resource.type=\"cloud_run_job\" AND resource.labels.job_name=starts_with(\"${var.prefix}-\") AND metric.type=\"run.googleapis.com/job/completed_execution_count\" AND metric.labels.result=\"failed\""
      group  = ["resource.label.job_name"]
      align  = "ALIGN_DELTA", reduce = "REDUCE_SUM", above = 0, seconds = 0
      do     = "knowledge: the build's reason is in GET .../knowledge/builds. migrate: it was rolled back; its log has the statement."
    }
    calls-full = {
      title  = "The phone runs at its limit of instances"
      filter = "${local.run}=\"${local.media.name}\" AND metric.type=\"run.googleapis.com/container/instance_count\""
      align  = "ALIGN_MAX", reduce = "REDUCE_SUM", above = local.media.max * 0.8, seconds = 300
      do     = "Raise var.scale for voice-service. Calls beyond it go turn by turn, they are not refused."
    }
  }

  sql = "resource.type=\"cloudsql_database\" AND resource.labels.database_id=\"${var.project}:${var.sql_instance}\""
}

resource "google_monitoring_alert_policy" "this" {
  for_each              = { for name, alert in local.alerts : name => alert if var.email != null && lookup(local.watched, name, true) }
  project               = var.project
  display_name          = "${var.prefix}: ${each.value.title}"
  combiner              = "OR"
  severity              = contains(["uptime", "errors"], each.key) ? "CRITICAL" : "WARNING"
  notification_channels = google_monitoring_notification_channel.email[*].id

  conditions {
    display_name = each.value.title
    condition_threshold {
      filter             = each.value.filter
      denominator_filter = try(each.value.ratio, null)
      comparison         = can(each.value.below) ? "COMPARISON_LT" : "COMPARISON_GT"
      threshold_value    = try(each.value.below, each.value.above)
      duration           = "${each.value.seconds}s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = each.value.align
        cross_series_reducer = each.value.reduce
        group_by_fields      = try(each.value.group, [])
      }

      dynamic "denominator_aggregations" {
        for_each = can(each.value.ratio) ? [1] : []
        content {
          alignment_period     = "60s"
          per_series_aligner   = each.value.align
          cross_series_reducer = each.value.reduce
          group_by_fields      = try(each.value.group, [])
        }
      }
    }
  }

  documentation {
    subject = "${var.prefix}: ${each.value.title}"
    content = each.value.do
  }

  alert_strategy {
    auto_close = "86400s"
  }
}

# The scheduler's call succeeds every minute. When it does not for ten, leads wait.
resource "google_monitoring_alert_policy" "worker" {
  count                 = var.email == null ? 0 : 1
  project               = var.project
  display_name          = "${var.prefix}: The worker has stopped"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = google_monitoring_notification_channel.email[*].id

  conditions {
    display_name = "No successful call for ten minutes"
    condition_absent {
      filter   = "${local.run}=\"${var.services["worker"].name}\" AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"2xx\""
      duration = "600s"
      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    subject = "${var.prefix}: The worker has stopped"
    content = "Cloud Scheduler's last attempt says how it is answered: 403 the scheduler lost its role, 5xx the worker's log. Nothing is lost meanwhile: leads wait in the outbox."
  }
}
