# Collects what the sources declare about the system calls that they make while the sentry has its
# filter (sentry/filter.h), as lines of C:
#
#	 * #syscalls: openat close ioctl:TIOCGPTPEER,TIOCSWINSZ
#	->	CALL(openat)  CALL(close)  VALUE(ioctl, TIOCGPTPEER)  VALUE(ioctl, TIOCSWINSZ)
#
# in the opening comment of a file. A line "#syscalls-sanitizer:" counts with -v sanitizer=1 only.

FNR == 1 { opening = /^\/\*/ }

opening && /\* #syscalls(-sanitizer)?:/ {
	if (/#syscalls-sanitizer:/ && !sanitizer)
		next
	sub(/.*#syscalls(-sanitizer)?:/, "")
	for (i = 1; i <= NF; i++)
		declare($i)
}

/\*\// { opening = 0 }

function declare(word,    parts, values, n, k) {
	if (split(word, parts, ":") == 1)
		return once("CALL(" word ")")
	n = split(parts[2], values, ",")
	for (k = 1; k <= n; k++)
		once("VALUE(" parts[1] ", " values[k] ")")
}

function once(line) {
	if (!(line in seen))
		print line
	seen[line] = 1
}
