#!/bin/sh
# Makes the settings of this Postfix anew at each start, and becomes Postfix.
set -eu

need() {
  [ -n "$2" ] && return
  echo "postfix: $1 is not set: put $1=$3 into .env beside docker-compose.yaml" >&2
  exit 78
}
need MAIL_HOST "${MAIL_HOST:-}" mail.example.org
need LIST_DOMAINS "${LIST_DOMAINS:-}" lists.example.org
service="${MLMMJ_HOST:-mlmmj}"

# The service is asked for addresses of these domains alone; other mail does not depend on it.
names=''
postmasters=''
for domain in $(echo "$LIST_DOMAINS" | tr ',' ' '); do
  names="$names|$(echo "$domain" | sed 's/\./\\./g')"
  postmasters="$postmasters {postmaster@$domain = ${POSTMASTER:-}}"
done
maps="pipemap:{regexp:{{/^(.+@(${names#|}))\$\$/ \$\${1}}}, socketmap:inet:$service:7778:virtual}"
# RFC 5321 4.5.1: somebody reads what comes to postmaster.
[ -z "${POSTMASTER:-}" ] || maps="$maps inline:{$postmasters}"
route="lmtp:inet:$service:8024"

cat >/etc/postfix/main.cf <<END
compatibility_level = 3.6
maillog_file = /dev/stdout
myhostname = $MAIL_HOST
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
relayhost = ${RELAYHOST:-}
message_size_limit = ${MLMMJ_MAXSIZE:-52428800}
virtual_alias_domains = $LIST_DOMAINS
virtual_alias_maps = $maps
transport_maps = inline:{{localhost.mlmmj = $route} {.localhost.mlmmj = $route}}
lmtp_host_lookup = native
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_helo_required = yes
disable_vrfy_command = yes
smtp_tls_security_level = may
notify_classes =
END

# Certificate and key in one file, and any further settings, are the operator's.
if [ -s /postfix_conf/tls.pem ]; then
  postconf -e smtpd_tls_chain_files=/postfix_conf/tls.pem smtpd_tls_security_level=may
fi
if [ -s /postfix_conf/main.cf ]; then
  grep -v -E '^[[:space:]]*(#|$)' /postfix_conf/main.cf | while read -r setting; do
    postconf -e "$setting"
  done
fi

# Nothing is copied into a chroot here: the container is one.
postconf -F '*/*/chroot=n'
# The way out for the service. This port is not published. On port 25 nobody but this container may
# send to the world: behind Docker, strangers can look as if they came from a private network.
postconf -M '10025/inet=10025 inet n - n - - smtpd'
private='127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,[fc00::]/7'
postconf -P "10025/inet/mynetworks=$private" "10025/inet/smtpd_authorized_verp_clients=$private"

exec /usr/sbin/postfix start-fg
