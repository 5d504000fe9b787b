#!/bin/sh
# Stands in for systemctl on a machine whose first process is not systemd. It does what the unit says
# about user, directories, environment and program; the unit's sandbox is not put up.
set -eu
unit=/etc/systemd/system/mlmmj-listener.service

of() {
  sed -n "s/^$1=//p" "$unit"
}

case "$*" in
  daemon-reload) ;;
  'enable --now mlmmj-listener')
    state=$(of StateDirectory)
    user=$(of User)
    install -d -m "$(of StateDirectoryMode)" -o "$user" -g "$(of Group)" "/var/lib/$state"
    umask "$(of UMask)"
    cd /
    # shellcheck disable=SC2046 # words
    setsid setpriv --reuid "$user" --regid "$(of Group)" --init-groups --no-new-privs \
      --bounding-set=-all env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin \
      $(of Environment) $(of ExecStart) </dev/null >>/var/log/mlmmj-listener.log 2>&1 &
    ;;
  'restart postfix')
    postfix stop 2>/dev/null || true
    postfix start
    ;;
  'reload postfix') postfix reload ;;
  *)
    echo "systemctl: $* is not known here" >&2
    exit 64
    ;;
esac
