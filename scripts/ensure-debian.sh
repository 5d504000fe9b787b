#!/bin/sh
# Installs the Debian packages that the suites in test/oracle, test/postfix and test/container need,
# when they are missing. Needs root. Nothing is configured and no daemon is started.
set -eu

missing=''
for package in mlmmj postfix swaks bsd-mailx git git-email libmailtools-perl python3 \
  buildah debootstrap iproute2 shellcheck util-linux; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

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
