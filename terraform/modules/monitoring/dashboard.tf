locals {
  charts = { for title, chart in {
    "Requests a second"             = { filter = "${local.run}=starts_with(\"${var.prefix}-\") AND metric.type=\"run.googleapis.com/request_count\"", align = "ALIGN_RATE", reduce = "REDUCE_SUM", by = "resource.label.service_name" }
    "Failures a second"             = { filter = "${local.run}=starts_with(\"${var.prefix}-\") AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"5xx\"", align = "ALIGN_RATE", reduce = "REDUCE_SUM", by = "resource.label.service_name" }
    "Latency, 95th percentile (ms)" = { filter = "${local.run}=starts_with(\"${var.prefix}-\") AND metric.type=\"run.googleapis.com/request_latencies\"", align = "ALIGN_PERCENTILE_95", reduce = "REDUCE_MAX", by = "resource.label.service_name" }
    "Instances"                     = { filter = "${local.run}=starts_with(\"${var.prefix}-\") AND metric.type=\"run.googleapis.com/container/instance_count\"", align = "ALIGN_MAX", reduce = "REDUCE_SUM", by = "resource.label.service_name" }
    "Memory used, of an instance"   = { filter = "${local.run}=starts_with(\"${var.prefix}-\") AND metric.type=\"run.googleapis.com/container/memory/utilizations\"", align = "ALIGN_PERCENTILE_99", reduce = "REDUCE_MAX", by = "resource.label.service_name" }
    "Database: CPU"                 = { filter = "${local.sql} AND metric.type=\"cloudsql.googleapis.com/database/cpu/utilization\"", align = "ALIGN_MEAN", reduce = "REDUCE_MAX", by = "" }
    "Database: connections"         = { filter = "${local.sql} AND metric.type=\"cloudsql.googleapis.com/database/postgresql/num_backends\"", align = "ALIGN_MEAN", reduce = "REDUCE_SUM", by = "" }
    "Redis: memory used"            = { filter = "resource.type=\"redis_instance\" AND metric.type=\"redis.googleapis.com/stats/memory/usage_ratio\"", align = "ALIGN_MEAN", reduce = "REDUCE_MAX", by = "" }
  } : title => chart if var.redis || !startswith(title, "Redis") }
}

resource "google_monitoring_dashboard" "this" {
  project = var.project
  dashboard_json = jsonencode({
    displayName = "Chatbot platform (${var.prefix})"
    mosaicLayout = {
      columns = 12
      tiles = [for place, title in keys(local.charts) : {
        xPos   = (place % 2) * 6
        yPos   = floor(place / 2) * 4
        width  = 6
        height = 4
        widget = {
          title = title
          xyChart = { dataSets = [{
            plotType = "LINE"
            timeSeriesQuery = { timeSeriesFilter = {
              filter = local.charts[title].filter
              aggregation = {
                alignmentPeriod    = "60s"
                perSeriesAligner   = local.charts[title].align
                crossSeriesReducer = local.charts[title].reduce
                groupByFields      = compact([local.charts[title].by])
              }
            } }
          }] }
        }
      }]
    }
  })

  lifecycle {
    ignore_changes = [dashboard_json] # people arrange it; `terraform apply -replace` brings this one back
  }
}
