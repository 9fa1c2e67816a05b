# Sweeps (a file each, a line a point: log rate, loss, derivative), in bins of .25 of the log rate. A line a bin: its left end,
# the mean loss over all points of all sweeps (inf where a run overflowed), the changes of sign between neighbouring points of
# one sweep (counted where the right one lies), the largest absolute derivative, the number of points.
FNR == 1 { before = 0 }
{
    bin = int(($1 + 100) / .25 + 1e-9)
    if (first == "" || bin < first) first = bin
    if (last == "" || bin > last) last = bin
    count[bin]++
    if ($2 == "NaN") {
        overflowed[bin] = 1
        before = 0
        next
    }
    sum[bin] += $2
    sign = $3 > 0 ? 1 : -1
    changes[bin] += sign * before < 0
    before = sign
    size = $3 * sign
    if (size > largest[bin]) largest[bin] = size
}
END {
    for (bin = first; bin <= last; bin++)
        print bin * .25 - 100, (overflowed[bin] ? "inf" : sum[bin] / count[bin]), changes[bin] + 0, largest[bin] + 0, count[bin]
}
