# A Debian mail host as docs/deploy.md expects one; Node is there already.
ARG DEBIAN_IMAGE=docker.io/library/debian:stable-slim

FROM ${DEBIAN_IMAGE}
RUN echo 'postfix postfix/main_mailer_type select Internet Site' | debconf-set-selections \
 && echo 'postfix postfix/mailname string mail.example.org' | debconf-set-selections \
 && apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postfix systemd curl
# Its first process is not systemd.
COPY systemctl.sh /usr/local/sbin/systemctl
