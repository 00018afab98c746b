#!/usr/bin/env bash
# Installs the real servers and the browser that tests use, where that is possible (Debian, root).
# Where it is not, the tests that need them are reported as not run, by name.
set -euo pipefail
wanted=()
[ -x /usr/lib/postgresql/15/bin/initdb ] || wanted+=(postgresql-15)
[ -e /usr/share/postgresql/15/extension/postgis.control ] || wanted+=(postgresql-15-postgis-3)
[ -x /usr/bin/redis-server ] || wanted+=(redis-server)
[ -x /usr/bin/chromium ] || wanted+=(chromium fonts-noto-cjk)
[ -e /usr/lib/x86_64-linux-gnu/libpangoft2-1.0.so.0 ] || [ -e /usr/lib/aarch64-linux-gnu/libpangoft2-1.0.so.0 ] || wanted+=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)
[ -x /usr/sbin/nginx ] || wanted+=(nginx-light)
command -v java >/dev/null || wanted+=(default-jre-headless)
command -v mvn >/dev/null || wanted+=(maven)

# The broker's jars, by the pom, which pins them; Maven checks their sums.
kafka() {
  [ -e build/kafka/done ] && [ build/kafka/done -nt tools/kafka/pom.xml ] && return
  command -v mvn >/dev/null || { echo "not installed (needs Maven): Kafka" >&2; return; }
  echo "… fetching Kafka" >&2
  mkdir -p build/kafka
  if mvn -q -B -C -f tools/kafka/pom.xml dependency:copy-dependencies -DoutputDirectory="$PWD/build/kafka/libs" >build/kafka/log 2>&1; then
    touch build/kafka/done
  else
    tail -20 build/kafka/log >&2
    echo "could not fetch Kafka; the tests that need it are not run" >&2
  fi
}

if [ ${#wanted[@]} -eq 0 ]; then
  kafka
  exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed (needs Debian and root): ${wanted[*]}" >&2
  kafka
  exit 0
fi
echo "… installing ${wanted[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${wanted[@]}"; } >"$log" 2>&1; then
  tail -20 "$log" >&2
  echo "could not install ${wanted[*]}; the tests that need them are not run" >&2
fi
rm -f "$log"
kafka
