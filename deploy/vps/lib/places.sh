# shellcheck shell=bash disable=SC2034
# Where everything is. The variables with CHATBOT_ in front move a place; the tests do.

APP_USER=${CHATBOT_USER:-chatbot}
DATABASE=${CHATBOT_DATABASE:-chatbot}
STATE_DIR=${CHATBOT_STATE_DIR:-/var/lib/chatbot}
CONFIG_DIR=${CHATBOT_CONFIG_DIR:-/etc/chatbot}
LOG_DIR=${CHATBOT_LOG_DIR:-/var/log/chatbot}
BACKUP_DIR=${CHATBOT_BACKUP_DIR:-/var/backups/chatbot}
UNIT_DIR=${CHATBOT_UNIT_DIR:-/etc/systemd/system}
NGINX_SITE=${CHATBOT_NGINX_SITE:-/etc/nginx/conf.d/chatbot.conf}
ACME_DIR=${CHATBOT_ACME_DIR:-/var/www/chatbot-acme}
LOCK_FILE=${CHATBOT_LOCK_FILE:-/run/lock/chatbot-deploy.lock}
REDIS_PORT=${CHATBOT_REDIS_PORT:-6379}
HEALTH_SECONDS=${CHATBOT_HEALTH_SECONDS:-60}
ENV_FILE=${CHATBOT_ENV:-$REPO/.env}
DEPLOY_ENV=$CONFIG_DIR/deploy.env
OWNER=${DATABASE}_owner
KEEP_RELEASES=3
KEEP_SAFETY_DUMPS=5
# As in local/bootstrap.py and the Dockerfile.
UV_VERSION=0.13.9
