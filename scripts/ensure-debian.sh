#!/bin/sh
# Installs the Debian packages that the suites in test/oracle, test/postfix and test/container need,
# when they are missing. Needs root. No daemon is configured or started.
set -eu

missing=''
for package in mlmmj postfix swaks bsd-mailx git git-email libmailtools-perl python3 \
  buildah debootstrap iproute2 shellcheck util-linux; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done

# Installed as below, Postfix has no main.cf, and postconf and postmap do not run without one.
settle() {
  [ -e /etc/postfix/main.cf ] || echo 'compatibility_level = 3.6' >/etc/postfix/main.cf
}
if [ -z "$missing" ]; then
  settle
  exit 0
fi

export DEBIAN_FRONTEND=noninteractive
echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections

# invoke-rc.d asks this file whether it may start a service: 101 is no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi

apt-get update
# shellcheck disable=SC2086 # a list of words
apt-get install -y --no-install-recommends $missing
settle
