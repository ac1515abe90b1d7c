# shellcheck shell=bash
# nginx: the site from its template by environment, the certificate.

make_certificate() {
    local names
    [[ ! -f $NGINX_SSL_CERT_PATH || ! -f $NGINX_SSL_KEY_PATH ]] || { check_certificate; return 0; }
    [[ $SELF_SIGNED == yes ]] || die "there is no certificate at $NGINX_SSL_CERT_PATH (key: $NGINX_SSL_KEY_PATH)" \
        "Get one: certbot certonly --standalone -d $HOST_NAME    For a trial: --self-signed"
    run install -d -m 700 "$(dirname "$NGINX_SSL_CERT_PATH")" "$(dirname "$NGINX_SSL_KEY_PATH")"
    names=DNS:${NGINX_SERVER_NAME// /,DNS:}
    run openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj "/CN=$HOST_NAME" \
        -addext "subjectAltName=$names" -keyout "$NGINX_SSL_KEY_PATH" -out "$NGINX_SSL_CERT_PATH" 2>/dev/null
    run chmod 600 "$NGINX_SSL_KEY_PATH"
    warn "the certificate is self-signed, for a trial: browsers warn of it and Twilio does not accept it"
}

check_certificate() {
    openssl x509 -in "$NGINX_SSL_CERT_PATH" -noout -checkend 604800 >/dev/null \
        || warn "the certificate ends within a week: $NGINX_SSL_CERT_PATH"
}

write_site() {
    step "nginx"
    make_certificate
    if [[ $DRY_RUN == yes ]]; then
        note "would write $NGINX_SITE from nginx.conf.template and reload nginx"
        return 0
    fi
    local version
    export NGINX_ADMIN=http://127.0.0.1:${PORT_OF[admin]} NGINX_VOICE=http://127.0.0.1:${PORT_OF[voice]}
    export NGINX_STREAM=http://127.0.0.1:${PORT_OF[voice_service]} NGINX_ACME_ROOT=$ACME_DIR
    # Since 1.25.1 HTTP/2 has a directive of its own.
    version=$(nginx -v 2>&1 | sed 's#.*/\([0-9.]*\).*#\1#')
    export NGINX_HTTP2_FLAG=' http2' NGINX_HTTP2_LINE='' NGINX_SUFFIX=''
    if [[ $(printf '%s\n' 1.25.1 "$version" | sort -V | head -n 1) == 1.25.1 ]]; then
        NGINX_HTTP2_FLAG='' NGINX_HTTP2_LINE='http2 on;'
    fi
    [[ $NGINX_HTTPS_PORT == 443 ]] || NGINX_SUFFIX=:$NGINX_HTTPS_PORT
    [[ ! -f $NGINX_SITE ]] || cp -p "$NGINX_SITE" "$STATE_DIR/site.before"
    render "$RELEASE/deploy/vps/nginx.conf.template" "$NGINX_SITE" NGINX_SERVER_NAME NGINX_SSL_CERT_PATH \
        NGINX_SSL_KEY_PATH NGINX_PROXY_PASS NGINX_HTTP_PORT NGINX_HTTPS_PORT NGINX_ADMIN NGINX_VOICE NGINX_STREAM \
        NGINX_ACME_ROOT NGINX_HTTP2_FLAG NGINX_HTTP2_LINE NGINX_SUFFIX
    reload_nginx
}

reload_nginx() {
    local complaint
    complaint=$(nginx -t -q 2>&1) || {
        # The old site serves on: nginx has not read the new one.
        if [[ -f $STATE_DIR/site.before ]]; then mv "$STATE_DIR/site.before" "$NGINX_SITE"; else rm -f "$NGINX_SITE"; fi
        die "nginx does not take the site:" "$complaint"
    }
    rm -f "$STATE_DIR/site.before"
    systemctl reload-or-restart nginx 9>&-
    note "serves $PUBLIC_URL"
}
