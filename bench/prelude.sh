# Read by bash before each workload (bench/workloads/*.sh), inside the container.
#
# begin, end         bracket what is measured; several pairs add up
# per COUNT          the figure is divided by COUNT: time per request, not for all
# measured SECONDS   for programs that run for a fixed time and count: the figure itself
# figure PART SECONDS, operation PART NAME
#                    one of several figures; the second is the median that bench/micro measures
#
# SECONDS may be an expression of awk. What a workload prints on standard output must match what it
# says it expects; lines that begin with @ are figures. Time is bash's clock_gettime: no process.
set -eu -o pipefail
export LC_ALL=C
spent=0 divisor=1 figures=
begin() { began=${EPOCHREALTIME/./}; }
end() { spent=$((spent + ${EPOCHREALTIME/./} - began)); }
per() { divisor=$1; }
figure() { figures="$figures@$1 $(awk "BEGIN {printf \"%.12f\", $2}")"$'\n'; }
measured() { figure '' "$1"; }
operation() {
	local median
	median=$(/bench/micro --milliseconds 100 "$2" | cut -f4)
	figure "$1" "$median / 1e9"
}
# Servers are asked until they answer; not measured.
await() {
	local i
	for ((i = 0; i < 200; i++)); do
		if "$@" >/dev/null 2>&1; then return 0; fi
		sleep 0.05
	done
	echo "not there within 10 s: $*" >&2
	return 1
}
mkdir -p /scratch
cd /scratch
# shellcheck source=/dev/null
. "/bench/workloads/$1.sh"
[ "$figures" ] || figure '' "$spent / $divisor / 1000000"
printf %s "$figures"
