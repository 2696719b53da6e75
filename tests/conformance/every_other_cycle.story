# A schedule leaves out the cycles that are not its own.
file f
  x
control
  check file rarely path @D@/f every 1000 cycles
  check file seldom path @D@/none every "* * 31 2 *"
  check file f path @D@/f
  check file late path @D@/none every 2 cycles
start
log 'late' file doesn't exist
remove f
log 'f' file doesn't exist
stop
never 'rarely' file
never 'seldom' file
